package habilitation_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// Two structures, the second with the greater identifier.
func acme() structure.Structure {
	return structure.Structure{
		ID: "s1", Identity: identifier.MustParse(identifier.SIRET, "35600000000048"), Sector: structure.Private,
		Status: structure.Active, Data: structure.Data{LegalName: "ACME"},
		Applications: apps{"factures-emises", "organisation"},
	}
}

func potier() structure.Structure {
	s := acme()
	s.ID, s.Identity = "s2", identifier.MustParse(identifier.SIRET, "73282932000074")

	return s
}

var (
	read  = profile{"factures-emises", habilitation.Consultation}
	write = profile{"factures-emises", habilitation.Modification}
)

// rights are those of an active account with these attachments.
func rights(holdings ...habilitation.Holding) habilitation.Rights {
	return habilitation.Rights{Account: "a", State: account.Active, AsOf: noon, Holdings: holdings}
}

// denied asserts that a right is refused for one reason, and no other.
func denied(t *testing.T, err, reason error, scope habilitation.Scope, p profile) {
	t.Helper()
	require.ErrorIs(t, err, reason)

	var d *habilitation.Denied

	require.ErrorAs(t, err, &d)
	assert.Equal(t, habilitation.Denied{Scope: scope, Profile: p, Err: reason}, *d)
}

// conditions are those of rule E6, in the order in which they are looked at: the first that fails is told.
var conditions = []error{
	habilitation.ErrAccountInactive, habilitation.ErrNotAttached, habilitation.ErrSuspended,
	habilitation.ErrServiceInactive, habilitation.ErrApplicationClosed, habilitation.ErrNotGranted,
	habilitation.ErrStructureInactive,
}

// Every combination of the seven conditions, at both levels, at structure and service level, for main managers and
// others: 2^7 × 2 × 3 cases.
func TestE6_ARightCountsWhenEveryConditionHoldsAndElseTheFirstThatFailsIsTold(t *testing.T) {
	for _, p := range []profile{read, write} {
		for _, kind := range []string{"main manager", "structure level", "service level"} {
			for mask := range 1 << len(conditions) {
				fails := func(reason error) bool {
					for i, c := range conditions {
						if errors.Is(c, reason) {
							return mask&(1<<i) != 0
						}
					}

					panic("no such condition")
				}

				h := habilitation.Holding{Structure: acme(), Suspended: fails(habilitation.ErrSuspended)}
				scope := habilitation.Scope{Structure: "s1", Service: "compta"}

				switch kind {
				case "main manager":
					h.MainManager = true
				case "service level":
					h.Service = structure.Service{Code: "compta", Inactive: fails(habilitation.ErrServiceInactive)}
				}

				if !fails(habilitation.ErrNotGranted) {
					h.Profiles = []profile{p}
				}

				if fails(habilitation.ErrApplicationClosed) {
					h.Structure.Applications = apps{"organisation", "signature"}
				}

				if fails(habilitation.ErrStructureInactive) {
					h.Structure.Status = structure.Inactive
				}

				r := rights(h)
				if fails(habilitation.ErrNotAttached) {
					r = rights()
				}

				if fails(habilitation.ErrAccountInactive) {
					r.State = account.Blocked
				}

				var want error

				for _, reason := range conditions {
					switch {
					case !fails(reason):
					case errors.Is(reason, habilitation.ErrServiceInactive) && kind != "service level": // has none
					case errors.Is(reason, habilitation.ErrNotGranted) && kind == "main manager": // by role
					case errors.Is(reason, habilitation.ErrStructureInactive) && p == read: // consultation stays (C8)
					case want == nil:
						want = reason
					}
				}

				name := fmt.Sprintf("%s, %s, %07b", kind, p, mask)
				from, err := r.Explain(noon, scope, p)

				if want == nil {
					require.NoError(t, err, name)
					require.NoError(t, r.Check(noon, scope, p), name)
					assert.Equal(t, h, from, name)
					continue
				}

				denied(t, err, want, scope, p)
				denied(t, r.Check(noon, scope, p), want, scope, p)
				assert.Equal(t, habilitation.Holding{}, from, name)
			}
		}
	}
}

func TestE6_OnlyAnActiveAccountHasRights(t *testing.T) {
	for _, state := range []account.State{0, account.Active, account.Deactivated, account.Blocked, account.Closed} {
		r := rights(habilitation.Holding{Structure: acme(), MainManager: true})
		r.State = state

		err := r.Check(noon, habilitation.Scope{Structure: "s1"}, read)
		rows, managed := r.Rows(noon), r.Managed(noon)

		if state == account.Active {
			require.NoError(t, err)
			assert.Len(t, rows, 4)
			assert.Equal(t, []structure.ID{"s1"}, managed)
			continue
		}

		denied(t, err, habilitation.ErrAccountInactive, habilitation.Scope{Structure: "s1"}, read)
		assert.Empty(t, rows, state)
		assert.Empty(t, managed, state)
	}
}

func TestE1_OneLevelDoesNotIncludeTheOther(t *testing.T) {
	scope := habilitation.Scope{Structure: "s1"}

	reader := rights(habilitation.Holding{Structure: acme(), Profiles: []profile{read}})
	require.NoError(t, reader.Check(noon, scope, read))
	denied(t, reader.Check(noon, scope, write), habilitation.ErrNotGranted, scope, write)

	writer := rights(habilitation.Holding{Structure: acme(), Profiles: []profile{write}})
	require.NoError(t, writer.Check(noon, scope, write))
	denied(t, writer.Check(noon, scope, read), habilitation.ErrNotGranted, scope, read)
}

func TestD9_AnAttachmentAtStructureLevelReachesAllServicesAndOneToAServiceThatServiceOnly(t *testing.T) {
	whole := habilitation.Holding{Structure: acme(), Profiles: []profile{read}}
	compta := habilitation.Holding{Structure: acme(), Service: structure.Service{Code: "compta"}, Profiles: []profile{read}}

	for name, c := range map[string]struct {
		holding habilitation.Holding
		scope   habilitation.Scope
		reaches bool
	}{
		"structure to structure":       {whole, habilitation.Scope{Structure: "s1"}, true},
		"structure to service":         {whole, habilitation.Scope{Structure: "s1", Service: "compta"}, true},
		"structure to another service": {whole, habilitation.Scope{Structure: "s1", Service: "achats"}, true},
		"to another structure":         {whole, habilitation.Scope{Structure: "s2"}, false},
		"service to service":           {compta, habilitation.Scope{Structure: "s1", Service: "compta"}, true},
		"service to another service":   {compta, habilitation.Scope{Structure: "s1", Service: "achats"}, false},
		"service to structure":         {compta, habilitation.Scope{Structure: "s1"}, false},
		"service elsewhere":            {compta, habilitation.Scope{Structure: "s2", Service: "compta"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := rights(c.holding).Check(noon, c.scope, read)
			if c.reaches {
				require.NoError(t, err)
				return
			}

			denied(t, err, habilitation.ErrNotAttached, c.scope, read)
		})
	}
}

func TestE6_AServiceCountsOnlyWithinItsDates(t *testing.T) {
	scope := habilitation.Scope{Structure: "s1", Service: "compta"}
	r := rights(habilitation.Holding{
		Structure: acme(), Service: structure.Service{Code: "compta", From: noon, Until: noon.Add(time.Hour)},
		Profiles: []profile{read},
	})

	denied(t, r.Check(noon.Add(-1), scope, read), habilitation.ErrServiceInactive, scope, read)
	require.NoError(t, r.Check(noon, scope, read))
	denied(t, r.Check(noon.Add(time.Hour), scope, read), habilitation.ErrServiceInactive, scope, read)
	assert.Empty(t, r.Rows(noon.Add(time.Hour)))
	assert.Len(t, r.Rows(noon), 1)
}

func TestC8_InAnInactiveStructureConsultationStays(t *testing.T) {
	for _, status := range []structure.Status{0, structure.Inactive} {
		closed := acme()
		closed.Status = status
		scope := habilitation.Scope{Structure: "s1"}
		r := rights(habilitation.Holding{Structure: closed, MainManager: true})

		for _, app := range []structure.Application{"factures-emises", habilitation.Organisation} {
			look, act := profile{app, habilitation.Consultation}, profile{app, habilitation.Modification}
			require.NoError(t, r.Check(noon, scope, look))
			denied(t, r.Check(noon, scope, act), habilitation.ErrStructureInactive, scope, act)
		}
	}
}

func TestC10_OrganisationIsAlwaysOpen(t *testing.T) {
	bare := acme()
	bare.Applications = nil
	scope := habilitation.Scope{Structure: "s1"}

	r := rights(habilitation.Holding{Structure: bare, MainManager: true})
	require.NoError(t, r.Check(noon, scope, habilitation.Manage))
	denied(t, r.Check(noon, scope, read), habilitation.ErrApplicationClosed, scope, read)
	assert.Len(t, r.Rows(noon), 2)
}

func TestE3_ClosingAnApplicationSuspendsItsGrantsAndOpeningItAgainRestoresThem(t *testing.T) {
	h := habilitation.Holding{Structure: acme(), Profiles: []profile{read}}
	scope := habilitation.Scope{Structure: "s1"}
	require.NoError(t, rights(h).Check(noon, scope, read))

	h.Structure.Applications = apps{"organisation"}
	denied(t, rights(h).Check(noon, scope, read), habilitation.ErrApplicationClosed, scope, read)

	h.Structure.Applications = apps{"factures-emises", "organisation", "signature"}
	require.NoError(t, rights(h).Check(noon, scope, read))

	signature := profile{"signature", habilitation.Consultation}
	denied(t, rights(h).Check(noon, scope, signature), habilitation.ErrNotGranted, scope, signature)
}

// failing returns an attachment that fails for the reason, at service level so that all reasons are possible.
func failing(reason error) habilitation.Holding {
	h := habilitation.Holding{Structure: acme(), Service: structure.Service{Code: "compta"}, Profiles: []profile{write}}

	map[error]func(){
		habilitation.ErrNotAttached:       func() { h.Service.Code = "achats" },
		habilitation.ErrSuspended:         func() { h.Suspended = true },
		habilitation.ErrServiceInactive:   func() { h.Service.Inactive = true },
		habilitation.ErrApplicationClosed: func() { h.Structure.Applications = nil },
		habilitation.ErrNotGranted:        func() { h.Profiles = nil },
		habilitation.ErrStructureInactive: func() { h.Structure.Status = structure.Inactive },
	}[reason]()

	return h
}

func TestE6_OfSeveralAttachmentsThatFailTheNearestReasonIsTold(t *testing.T) {
	scope := habilitation.Scope{Structure: "s1", Service: "compta"}
	reasons := conditions[1:] // from the farthest to the nearest

	for i, far := range reasons {
		for _, near := range reasons[i:] {
			denied(t, rights(failing(far), failing(near)).Check(noon, scope, write), near, scope, write)
			denied(t, rights(failing(near), failing(far)).Check(noon, scope, write), near, scope, write)
		}
	}
}

func TestE6_OneAttachmentThatDoesIsEnough(t *testing.T) {
	scope := habilitation.Scope{Structure: "s1", Service: "compta"}
	good := habilitation.Holding{Structure: acme(), Service: structure.Service{Code: "compta"}, Profiles: []profile{write}}

	for _, reason := range conditions[1:] {
		for _, r := range []habilitation.Rights{rights(failing(reason), good), rights(good, failing(reason))} {
			from, err := r.Explain(noon, scope, write)
			require.NoError(t, err)
			assert.Equal(t, good, from)
		}
	}
}

func TestE6_APermissionComesFromTheStructureLevelWhereBothWouldDo(t *testing.T) {
	scope := habilitation.Scope{Structure: "s1", Service: "compta"}
	whole := habilitation.Holding{Structure: acme(), Profiles: []profile{read}}
	compta := habilitation.Holding{Structure: acme(), Service: structure.Service{Code: "compta"}, Profiles: []profile{read}}

	for _, r := range []habilitation.Rights{rights(whole, compta), rights(compta, whole)} {
		from, err := r.Explain(noon, scope, read)
		require.NoError(t, err)
		assert.Equal(t, whole, from)
	}
}

func TestE7_MyHabilitationsHaveARowPerStructureServiceAndProfile(t *testing.T) {
	manages := habilitation.Holding{Structure: potier(), MainManager: true}
	compta := habilitation.Holding{
		Structure: acme(), Service: structure.Service{Code: "compta", Label: "Comptabilité"}, Profiles: []profile{write, read},
	}
	achats := habilitation.Holding{
		Structure: acme(), Service: structure.Service{Code: "achats", Label: "Achats"},
		Profiles: []profile{read, {"signature", habilitation.Consultation}}, // not open: does not count
	}

	type row struct {
		identifier, name, service, label, profile string
	}

	var got []row
	for _, r := range rights(manages, compta, achats).Rows(noon) {
		got = append(got, row{
			r.Structure.Identity.Code(), r.Structure.Data.Name(), string(r.Service.Code), r.Service.Label, r.Profile.String(),
		})
	}

	assert.Equal(t, []row{
		{"35600000000048", "ACME", "achats", "Achats", "factures-emises/consultation"},
		{"35600000000048", "ACME", "compta", "Comptabilité", "factures-emises/consultation"},
		{"35600000000048", "ACME", "compta", "Comptabilité", "factures-emises/modification"},
		{"73282932000074", "ACME", "", "", "factures-emises/consultation"},
		{"73282932000074", "ACME", "", "", "factures-emises/modification"},
		{"73282932000074", "ACME", "", "", "organisation/consultation"},
		{"73282932000074", "ACME", "", "", "organisation/modification"},
	}, got)
}

// Rows lists what Check allows, neither more nor less, in order and without repetition.
func TestE7_RowsAreWhatCheckAllows(t *testing.T) {
	services := []structure.Service{{}, {Code: "achats"}, {Code: "compta", Inactive: true}, {Code: "rh"}}
	granted := habilitation.All(apps{"factures-emises", "organisation", "signature"})

	rapid.Check(t, func(t *rapid.T) {
		r := habilitation.Rights{
			State: rapid.SampledFrom([]account.State{account.Active, account.Active, account.Blocked}).Draw(t, "state"),
		}

		for _, s := range []structure.Structure{potier(), acme()} {
			s.Status = rapid.SampledFrom([]structure.Status{structure.Active, structure.Inactive}).Draw(t, "status")

			for _, service := range services {
				if !rapid.Bool().Draw(t, "attached") {
					continue
				}

				h := habilitation.Holding{
					Structure: s, Service: service, Suspended: rapid.IntRange(0, 3).Draw(t, "suspended") == 3,
					MainManager: service.Code == "" && rapid.Bool().Draw(t, "manager"),
				}
				h.Profiles = rapid.SliceOfNDistinct(rapid.SampledFrom(granted), 0, 6, rapid.ID).Draw(t, "profiles")
				r.Holdings = append(r.Holdings, h)
			}
		}

		type cell struct {
			scope   habilitation.Scope
			profile profile
		}

		listed := map[cell]bool{}
		rows := r.Rows(noon)

		for i, row := range rows {
			c := cell{habilitation.Scope{Structure: row.Structure.ID, Service: row.Service.Code}, row.Profile}
			if listed[c] {
				t.Fatalf("%v twice", c)
			}

			listed[c] = true

			if err := r.Check(noon, c.scope, c.profile); err != nil {
				t.Fatalf("%v is listed, and %v", c, err)
			}

			if i > 0 {
				a, b := rows[i-1], row
				if a.Structure.ID > b.Structure.ID || a.Structure.ID == b.Structure.ID && (a.Service.Code > b.Service.Code ||
					a.Service.Code == b.Service.Code && a.Profile.Compare(b.Profile) >= 0) {
					t.Fatalf("%v before %v", a, b)
				}
			}
		}

		for _, s := range []structure.ID{"s1", "s2"} {
			for _, service := range services {
				for _, p := range granted {
					scope := habilitation.Scope{Structure: s, Service: service.Code}
					whole := cell{habilitation.Scope{Structure: s}, p}

					if allowed := r.Check(noon, scope, p) == nil; allowed && !listed[cell{scope, p}] && !listed[whole] {
						t.Fatalf("%v %s is allowed and not listed", scope, p)
					}
				}
			}
		}
	})
}

func TestD5_WhoeverHoldsOrganisationModificationManages(t *testing.T) {
	inactive := potier()
	inactive.Status = structure.Inactive

	for name, c := range map[string]struct {
		holdings []habilitation.Holding
		want     []structure.ID
	}{
		"nobody":                      {nil, nil},
		"the main manager":            {[]habilitation.Holding{{Structure: acme(), MainManager: true}}, []structure.ID{"s1"}},
		"by grant":                    {[]habilitation.Holding{{Structure: acme(), Profiles: []profile{habilitation.Manage}}}, []structure.ID{"s1"}},
		"not by other grants":         {[]habilitation.Holding{{Structure: acme(), Profiles: []profile{read, write, {"organisation", habilitation.Consultation}}}}, nil},
		"not while suspended":         {[]habilitation.Holding{{Structure: acme(), Suspended: true, Profiles: []profile{habilitation.Manage}}}, nil},
		"not at a service":            {[]habilitation.Holding{{Structure: acme(), Service: structure.Service{Code: "compta"}, Profiles: []profile{habilitation.Manage}}}, nil},
		"of an inactive one too (C8)": {[]habilitation.Holding{{Structure: inactive, MainManager: true}}, []structure.ID{"s2"}},
		"of several, in order": {[]habilitation.Holding{
			{Structure: inactive, MainManager: true},
			{Structure: acme(), Profiles: []profile{habilitation.Manage}},
			{Structure: acme(), Service: structure.Service{Code: "compta"}},
		}, []structure.ID{"s1", "s2"}},
	} {
		assert.Equal(t, c.want, rights(c.holdings...).Managed(noon), name)
	}
}
