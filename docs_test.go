package guichet_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// source is what the documents may speak of: the exported names of every package, and the names of all tests.
type source struct {
	names map[string]bool // "package.Name", "package.Type.Method", for the root package also without "guichet."
	tests map[string]bool
}

func readSource(t *testing.T) source {
	t.Helper()

	src := source{names: map[string]bool{}, tests: map[string]bool{}}

	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && path != "."):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go"):
			return nil
		}

		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}

		for _, decl := range file.Decls {
			src.add(file.Name.Name, decl)
		}

		if file.Name.Name == "scenarios" {
			ast.Inspect(file, src.scenario)
		}

		return nil
	}))

	return src
}

// scenario adds the stories of package scenarios, which are subtests of TestScenarios, by the literals that name them.
func (s source) scenario(n ast.Node) bool {
	if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if name := "TestScenarios/" + strings.Trim(lit.Value, `"`); ruleTest.MatchString(name) {
			s.tests[name] = true
		}
	}

	return true
}

func (s source) add(pkg string, decl ast.Decl) {
	name := func(parts ...string) {
		s.names[pkg+"."+strings.Join(parts, ".")] = true
		if pkg == "guichet" {
			s.names[strings.Join(parts, ".")] = true
		}
	}

	switch d := decl.(type) {
	case *ast.FuncDecl:
		switch {
		case strings.HasPrefix(d.Name.Name, "Test"), strings.HasPrefix(d.Name.Name, "Fuzz"):
			s.tests[d.Name.Name] = true
		case d.Recv == nil:
			name(d.Name.Name)
		default:
			receiver := d.Recv.List[0].Type
			if star, ok := receiver.(*ast.StarExpr); ok {
				receiver = star.X
			}

			if id, ok := receiver.(*ast.Ident); ok {
				name(id.Name, d.Name.Name)
			}
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				name(spec.Name.Name)

				if strct, ok := spec.Type.(*ast.StructType); ok {
					for _, field := range strct.Fields.List {
						for _, id := range field.Names {
							name(spec.Name.Name, id.Name)
						}
					}
				}
			case *ast.ValueSpec:
				for _, id := range spec.Names {
					name(id.Name)
				}
			}
		}
	}
}

// goName is a name of Go in a document: `package.Name`, `package.Type.Method`, or a name of the root package.
var goName = regexp.MustCompile("`((?:[a-z]+\\.)?[A-Z]\\w*(?:\\.[A-Z]\\w*)?)`")

func TestDocs_EveryNameOfTheGlossaryAndTheRuleBookExists(t *testing.T) {
	src := readSource(t)

	for _, path := range []string{"docs/glossary.md", "docs/rules.md"} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)

		for _, match := range goName.FindAllStringSubmatch(string(text), -1) {
			name := match[1]
			if strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz") || name == strings.ToUpper(name) {
				continue // a test, see below; a literal of the portal's API
			}

			assert.True(t, src.names[name], "%s speaks of %s", path, name)
		}
	}
}

var (
	ruleLine = regexp.MustCompile(`(?m)^\| ([A-G]\d+) \|.*\| (.*) \|$`)
	testName = regexp.MustCompile("`((?:Test|Fuzz)[\\w/]+)`")
	ruleTest = regexp.MustCompile(`^(?:Test|Fuzz)(?:Scenarios/)?((?:[A-G]\d+(?:And)?)+)_`)
	ruleName = regexp.MustCompile(`[A-G]\d+`)
)

// ruleNumbers are those of the rule book: A1 to A10 and so on.
func ruleNumbers() map[string]int {
	return map[string]int{"A": 10, "B": 15, "C": 11, "D": 12, "E": 8, "F": 4, "G": 5}
}

func TestDocs_EveryRuleNamesTheTestsThatProveItOrSaysThatItIsOpen(t *testing.T) {
	src := readSource(t)
	text, err := os.ReadFile("docs/rules.md")
	require.NoError(t, err)

	proofs := map[string]string{}
	for _, line := range ruleLine.FindAllStringSubmatch(string(text), -1) {
		proofs[line[1]] = line[2]
	}

	var all int
	for _, n := range ruleNumbers() {
		all += n
	}

	require.Len(t, proofs, all, "every rule has a line")

	tested := map[string]bool{}

	for test := range src.tests {
		if m := ruleTest.FindStringSubmatch(test); m != nil {
			for _, rule := range ruleName.FindAllString(m[1], -1) {
				tested[rule] = true
			}
		}
	}

	for rule, proof := range proofs {
		tests := testName.FindAllStringSubmatch(proof, -1)

		if proof == "open" {
			assert.Falsef(t, tested[rule], "%s is called open, and has tests", rule)

			continue
		}

		assert.NotEmptyf(t, tests, "%s names no test", rule)

		for _, test := range tests {
			assert.Truef(t, src.tests[test[1]], "%s is proved by %s, which does not exist", rule, test[1])
			assert.Truef(t, slices.Contains(ruleName.FindAllString(test[1], -1), rule), "%s is no test of %s by its name", test[1], rule)
		}
	}
}
