package dbtest

import (
	"os"
	"testing"

	"github.com/guichet-pro/guichet/internal/dbtest/postgres"
)

func TestMain(m *testing.M) { os.Exit(postgres.Main(m)) }
