package memory

import (
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// apply writes a batch that was checked, and cannot fail.
func (t *tables) apply(b storage.Batch) {
	for _, row := range b.Structures {
		row.Version++
		delete(t.identities, t.structures[row.ID].Identity)
		t.structures[row.ID] = row
	}

	for _, row := range b.Structures {
		t.identities[row.Identity] = row.ID // after every old one is gone: rows of one batch may swap theirs
	}

	for _, row := range b.Services {
		row.Version++
		t.services[keyOfService(row)] = row
	}

	for _, row := range b.Registrations {
		row.Version++
		t.registered.remove(t.registrations[row.ID].Login.Key(), row.ID)
		t.registered.add(row.Login.Key(), row.ID)
		t.registrations[row.ID] = row
	}

	for _, row := range b.Accounts {
		row.Version++
		delete(t.logins, t.accounts[row.ID].Login.Key())
		t.accounts[row.ID] = row
	}

	for _, row := range b.Accounts {
		if !row.Login.IsZero() {
			t.logins[row.Login.Key()] = row.ID
		}
	}

	for _, row := range b.Credentials {
		row.Version++
		t.credentials[row.Account] = row
	}

	for _, row := range b.Links {
		row.Version++
		old := t.links[row.Selector]
		delete(t.issued, issueOf(old))
		t.linksOf.remove(issuerOf(old), row.Selector)
		t.linksOf.add(issuerOf(row), row.Selector)
		t.links[row.Selector] = row
	}

	for _, row := range b.Links {
		t.issued[issueOf(row)] = row.Selector
	}

	for _, r := range b.Rosters {
		t.applyRoster(r)
	}

	for _, row := range b.Messages {
		row.Version++
		t.messages[row.ID] = row
	}

	for _, row := range b.Journal {
		t.journal[keyOfEntry(row)] = row
		t.history.add(row.Structure, keyOfEntry(row))
		t.tries[row.Operation] = row.Try
	}
}

func (t *tables) applyRoster(r attachment.Roster) {
	stored, ok := t.rosters[r.Structure]
	if !ok {
		stored = &roster{rows: map[account.ID]map[structure.Code]attachment.Attachment{}}
		t.rosters[r.Structure] = stored
	}

	for _, row := range r.Rows {
		stored.put(row)
		t.rowsOf.add(row.Account, r.Structure)
	}

	r.Rows, r.Queue = nil, nil
	r.Version++
	stored.head = r
}
