package sqlstore

import (
	"context"

	"github.com/guichet-pro/guichet/storage"
)

func messages() table[storage.Message] {
	return table[storage.Message]{
		from:  "guichet_messages",
		key:   []string{"id"},
		taken: storage.ErrConflict,
		columns: func(m *storage.Message) []column {
			return []column{
				{name: "id", at: &m.ID},
				{name: "version", at: &m.Version},
				{name: "state", at: name[storage.MessageState]{&m.State}},
				{name: "kind", at: &m.Kind},
				{name: "recipient", at: &m.To},
				{name: "account", at: &m.Account},
				{name: "structure", at: &m.Structure},
				{name: "language", at: tag{&m.Language}},
				{name: "content", at: content{&m.Content}},
				{name: "selector", at: &m.Selector},
				{name: "sealed", at: octets{&m.Sealed}},
				{name: "tries", at: &m.Tries},
				{name: "not_before", at: stamp{&m.NotBefore}},
				{name: "last_error", at: &m.LastError},
				{name: "created_at", at: stamp{&m.CreatedAt}},
				{name: "done_at", at: stamp{&m.DoneAt}},
				{name: "recipient_account", at: &m.Recipient},
			}
		},
	}
}

// Message returns a message of the outbox.
func (v view) Message(ctx context.Context, id string) (storage.Message, error) {
	return find(ctx, v, messages(), "WHERE t.id = ?", id)
}
