package memory

import "github.com/guichet-pro/guichet/storage"

// apply writes a batch that was checked. Only its operations can fail, and then nothing of it is left.
func (t *tables) apply(b storage.Batch) error {
	if len(b.Operations) == 0 {
		t.put(b)

		return nil
	}

	return t.attempt(func() error {
		t.put(b)

		for _, op := range b.Operations {
			if err := t.operate(op); err != nil {
				return err
			}
		}

		return nil
	})
}

// put writes the rows of a batch.
func (t *tables) put(b storage.Batch) {
	for _, row := range b.Structures {
		row.Version++
		t.setStructure(row.ID, &row)
	}

	for _, row := range b.Services {
		row.Version++
		t.setService(keyOfService(row), &row)
	}

	for _, row := range b.Registrations {
		row.Version++
		t.setRegistration(row.ID, &row)
	}

	for _, row := range b.Accounts {
		row.Version++
		t.setAccount(row.ID, &row)
	}

	for _, row := range b.Credentials {
		row.Version++
		t.setCredential(row.Account, &row)
	}

	for _, row := range b.Attempts {
		row.Version++
		t.setAttempts(row.Key, &row)
	}

	for _, row := range b.Links {
		row.Version++
		t.setLink(row.Selector, &row)
	}

	for _, r := range b.Rosters {
		rows := r.Rows
		r.Version++
		t.setHead(r)

		for _, row := range rows {
			t.setRow(r.Structure, row.Key, &row)
		}
	}

	for _, row := range b.Messages {
		row.Version++
		t.setMessage(row.ID, &row)
	}

	for _, row := range b.Journal {
		t.setEntry(keyOfEntry(row), &row)
	}
}
