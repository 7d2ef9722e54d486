package storagetest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// versionedUp returns a batch whose rows have the versions with which they are stored.
func versionedUp(b storage.Batch) storage.Batch {
	b = clone(b)

	for i := range b.Structures {
		b.Structures[i].Version++
	}

	for i := range b.Services {
		b.Services[i].Version++
	}

	for i := range b.Registrations {
		b.Registrations[i].Version++
	}

	for i := range b.Accounts {
		b.Accounts[i].Version++
	}

	for i := range b.Credentials {
		b.Credentials[i].Version++
	}

	for i := range b.Attempts {
		b.Attempts[i].Version++
	}

	for i := range b.Links {
		b.Links[i].Version++
	}

	for i := range b.Rosters {
		b.Rosters[i].Version++
	}

	for i := range b.Messages {
		b.Messages[i].Version++
	}

	return b
}

// The primary keys of rows.
func keyOfStructure(s structure.Structure) string { return string(s.ID) }

func keyOfService(s structure.Service) string         { return string(s.Structure) + "\x00" + string(s.Code) }
func keyOfRegistration(r account.Registration) string { return string(r.ID) }
func keyOfAccount(a account.Account) string           { return string(a.ID) }
func keyOfCredential(c account.Credential) string     { return string(c.Account) }
func keyOfAttempts(a account.Attempts) string         { return a.Key }
func keyOfLink(l account.Link) string                 { return string(l.Selector) }
func keyOfRoster(r attachment.Roster) string          { return string(r.Structure) }
func keyOfRosterRow(a attachment.Attachment) string {
	return string(a.Account) + "\x00" + string(a.Service)
}
func keyOfMessage(m storage.Message) string { return m.ID }
func keyOfEntry(e storage.Entry) string     { return fmt.Sprintf("%s\x00%09d", e.Operation, e.Seq) }
func byKey[T any](key func(T) string) func(a, b T) int {
	return func(a, b T) int { return cmp.Compare(key(a), key(b)) }
}

// put writes rows over those of the same keys, and adds the others.
func (m *model) put(b storage.Batch) {
	m.Structures = over(m.Structures, b.Structures, keyOfStructure)
	m.Services = over(m.Services, b.Services, keyOfService)
	m.Registrations = over(m.Registrations, b.Registrations, keyOfRegistration)
	m.Accounts = over(m.Accounts, b.Accounts, keyOfAccount)
	m.Credentials = over(m.Credentials, b.Credentials, keyOfCredential)
	m.Attempts = over(m.Attempts, b.Attempts, keyOfAttempts)
	m.Links = over(m.Links, b.Links, keyOfLink)
	m.Messages = over(m.Messages, b.Messages, keyOfMessage)
	m.Journal = over(m.Journal, b.Journal, keyOfEntry)

	for _, r := range b.Rosters {
		r.Queue = nil
		if old := m.roster(r.Structure); old != nil {
			r.Rows = over(old.Rows, r.Rows, keyOfRosterRow)
		}

		m.Rosters = over(m.Rosters, []attachment.Roster{r}, keyOfRoster)
	}
}

func over[T any](rows, with []T, key func(T) string) []T {
	places := make(map[string]int, len(rows)+len(with))
	for i, row := range rows {
		places[key(row)] = i
	}

	for _, row := range with {
		if i, ok := places[key(row)]; ok {
			rows[i] = row
		} else {
			places[key(row)] = len(rows)
			rows = append(rows, row)
		}
	}

	return rows
}

// sort brings rows into the order in which they are read back.
func (m *model) sort() {
	slices.SortFunc(m.Structures, byKey(keyOfStructure))
	slices.SortFunc(m.Services, byKey(keyOfService))
	slices.SortFunc(m.Registrations, byKey(keyOfRegistration))
	slices.SortFunc(m.Accounts, byKey(keyOfAccount))
	slices.SortFunc(m.Credentials, byKey(keyOfCredential))
	slices.SortFunc(m.Attempts, byKey(keyOfAttempts))
	slices.SortFunc(m.Links, byKey(keyOfLink))
	slices.SortFunc(m.Rosters, byKey(keyOfRoster))
	slices.SortFunc(m.Messages, byKey(keyOfMessage))
	slices.SortFunc(m.Journal, byKey(keyOfEntry))

	for _, r := range m.Rosters {
		sortRows(r.Rows)
	}
}
