package storagetest_test

import (
	"testing"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

func TestWhatTheContractLeavesOpenIsNoFailure(t *testing.T) {
	for name, c := range map[string]struct {
		newStore func() storage.Store
		cases    []string
	}{
		"grants in another order": {turned, []string{
			"S2_NilMeansCommitted", "S6_E4_GrantsAreReplaced", "S10_EveryFieldComesBack", "S10_EveryStateComesBack", "Roster_Slice",
			"S17_C9_CopyStructure",
		}},
		"races that are lost for no reason": {losing, []string{"S5_B7_SelectorIsUnique", "Roster_Slice", "S13_D5_Deciders"}},
	} {
		for _, of := range c.cases {
			for _, f := range storagetest.CheckOne(of, c.newStore, few()).Broken {
				t.Errorf("%s: %v", name, f)
			}
		}
	}
}
