package attachment_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/attachment"
)

// documented are the errors that the comment of each command lists, by the command's type.
func documented(t require.TestingT) map[string][]error {
	all, err := commandErrors()
	require.NoError(t, err)

	return all
}

var commandErrors = sync.OnceValues(func() (map[string][]error, error) {
	comments := map[string]string{}

	for _, file := range []string{"command.go", "command_member.go", "command_manager.go", "command_profile.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}

		for _, decl := range parsed.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.TYPE {
				continue
			}

			comments[group.Specs[0].(*ast.TypeSpec).Name.Name] = group.Doc.Text()
		}
	}

	delete(comments, "Command")

	link := regexp.MustCompile(`\[(Err\w+)\]`)
	out := map[string][]error{}

	for command, comment := range comments {
		out["attachment."+command] = []error{attachment.ErrGuarded} // by any guard

		for _, found := range link.FindAllStringSubmatch(comment, -1) {
			out["attachment."+command] = append(out["attachment."+command], sentinels[found[1]].err)
		}
	}

	return out, nil
})

func TestEveryErrorThatACommandDocumentsIsASentinel(t *testing.T) {
	t.Parallel()

	for command, errs := range documented(t) {
		for _, err := range errs {
			require.Error(t, err, command)
		}
	}

	assert.Len(t, documented(t), methods(t, "command.go", "command")+methods(t, "command_member.go", "command")+
		methods(t, "command_manager.go", "command")+methods(t, "command_profile.go", "command"))
}
