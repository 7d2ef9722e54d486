package devmail_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/mail/devmail"
	"github.com/guichet-pro/guichet/mail/mailtest"
)

func TestF1_TheFolderPassesTheSuite(t *testing.T) {
	mailtest.Run(t, func(t *testing.T) mailtest.Fixture {
		t.Helper()

		path := filepath.Join(t.TempDir(), "mails")
		f, err := devmail.NewFolder(path, nil)
		require.NoError(t, err)

		return mailtest.Fixture{
			Mailer: f,
			Refuse: func() (mend func()) { // the folder is somewhere else
				require.NoError(t, os.Rename(path, path+".away"))

				return func() { assert.NoError(t, os.Rename(path+".away", path)) }
			},
			Received: func() ([]mailtest.Received, error) { return parsed(path) },
		}
	})
}

// parsed reads every file of a folder.
func parsed(path string) ([]mailtest.Received, error) {
	files, err := filepath.Glob(filepath.Join(path, "*"+devmail.Extension))
	if err != nil {
		return nil, err
	}

	var all []mailtest.Received

	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}

		got, err := mailtest.Parse(file)
		_ = file.Close() // it was only read

		if err != nil {
			return nil, err
		}

		all = append(all, got)
	}

	return all, nil
}
