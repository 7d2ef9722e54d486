package customstore

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// table is a kind of row: a bucket of its own, and entries in the buckets of indexes.
type table[R any] struct {
	bucket  string
	key     func(R) []byte
	version func(*R) *int64                     // nil: rows have no version, and are only ever inserted
	person  func(R) account.ID                  // nil, or whose rows in rosters are listed by what this row says
	taken   error                               // the answer to an insert whose key exists
	entries func(*bbolt.Tx, R) ([]entry, error) // nil: none
}

// list returns a row's entries.
func (t *table[R]) list(tx *bbolt.Tx, row R) ([]entry, error) {
	if t.entries == nil {
		return nil, nil
	}

	return t.entries(tx, row)
}

// entry is one line of an index. Its value is what to look up next: nearly always the key of a row.
type entry struct {
	index  string
	key    []byte
	value  []byte
	unique []byte // nil, or the beginning of key that only one row may have
	taken  error  // the answer when another has it
}

// member is a row of a roster.
type member struct {
	attachment.Attachment

	Structure structure.ID
}

// The indexes. Comments tell what their keys are made of.
const (
	byIdentity   = "structures by identity"     // identity, id
	byName       = "structures by name"         // town or "", name, id; see isPublic
	byCheck      = "structures by check"        // checked at, id; unverified ones that have no successor
	byKind       = "structures by kind"         // id; individuals' only
	byLogin      = "accounts by login"          // login key, id
	byOpenLogin  = "registrations by login"     // login key, created at, id; open ones only
	byLapse      = "registrations by due"       // due, id; open ones only
	byEnd        = "registrations by end"       // ended at, id
	byStructure  = "registrations by structure" // structure, id
	byFactor     = "credentials by factor"      // account; those that have one
	byOver       = "attempts by end"            // over, key
	bySequence   = "links by sequence"          // account, purpose, sequence, selector
	byNotAfter   = "links by end"               // not after, selector
	byAccount    = "members by account"         // account, structure, service
	byOrder      = "members in line"            // structure, order, account; those that can succeed, whatever the time
	byLoginOrder = "members by login"           // structure, login key, order, account; structure level only
	byAsking     = "members by asking"          // structure, asked at, order, account, service; what waits for a decision
	byDue        = "members by due"             // time, structure, account, service, claim or row
	byDecider    = "members by decider"         // structure, account, manager or row
	byUser       = "members by user"            // structure, account, service; attached and suspended
	bySearch     = "members by search"          // structure, search text, account, service; these, and who was invited
	byReminder   = "members by reminder"        // time, structure, account, service
	byNotBefore  = "messages by time"           // not before, id; queued only
	byDone       = "messages by end"            // done at, id; not queued
	byParking    = "messages by giving up"      // done at, id; parked only
	byWaiting    = "messages by structure"      // structure, id; queued and parked
	byWhom       = "messages by creation"       // account, created at, id
	byAbout      = "messages by account"        // account, id; not queued
	byTo         = "messages by address"        // to, id; not queued
	byVersion    = "journal by version"         // structure, version, at, operation, sequence
	bySubject    = "journal by account"         // account or actor, at, operation, sequence
	byTime       = "journal by time"            // at, operation, sequence
)

// buckets is all that the file has.
var buckets = []string{
	structures.bucket, services.bucket, registrations.bucket, accounts.bucket, credentials.bucket, attempts.bucket,
	links.bucket, rosters.bucket, members.bucket, messages.bucket, journal.bucket,
	byIdentity, byName, byCheck, byKind, byLogin, byOpenLogin, byLapse, byEnd, byStructure, byFactor, byOver, bySequence,
	byNotAfter, byAccount, byOrder, byLoginOrder, byAsking, byDue, byDecider, byUser, bySearch, byReminder, byNotBefore,
	byDone, byParking, byWaiting, byWhom, byAbout, byTo, byVersion, bySubject, byTime,
}

var structures = &table[structure.Structure]{
	bucket:  "structures",
	key:     func(s structure.Structure) []byte { return key(s.ID) },
	version: func(s *structure.Structure) *int64 { return &s.Version },
	taken:   storage.ErrConflict,
	entries: func(_ *bbolt.Tx, s structure.Structure) ([]entry, error) {
		identity, err := s.Identity.MarshalText()
		id := key(s.ID)
		out := []entry{{
			index: byIdentity, key: key(identity, s.ID), value: id,
			unique: key(identity), taken: &storage.ExistsError{Key: storage.KeyIdentity},
		}}

		if isPublic(s) {
			out = append(out,
				entry{index: byName, key: key("", cut(s.SearchName()), s.ID), value: id},
				entry{index: byName, key: key(cut(s.SearchTown()), cut(s.SearchName()), s.ID), value: id})
		}

		if s.Verification == structure.Unverified && s.Successor == "" {
			out = append(out, entry{index: byCheck, key: key(s.CheckedAt, s.ID), value: id})
		}

		if s.Identity.Kind() == identifier.Individual {
			out = append(out, entry{index: byKind, key: id, value: id})
		}

		return out, err
	},
}

// isPublic tells whether a structure is among the public ones if its roster's standing is: the head of that tells when the
// list is read.
func isPublic(s structure.Structure) bool {
	return s.Sector == structure.Public && s.Successor == "" && s.Identity.Kind() != identifier.Individual
}

var services = &table[structure.Service]{
	bucket:  "services",
	key:     func(s structure.Service) []byte { return key(s.Structure, s.Code) },
	version: func(s *structure.Service) *int64 { return &s.Version },
	taken:   storage.ErrConflict,
}

var registrations = &table[account.Registration]{
	bucket:  "registrations",
	key:     func(r account.Registration) []byte { return key(r.ID) },
	version: func(r *account.Registration) *int64 { return &r.Version },
	person:  func(r account.Registration) account.ID { return r.ID },
	taken:   storage.ErrConflict,
	entries: func(_ *bbolt.Tx, r account.Registration) ([]entry, error) {
		id := key(r.ID)
		out := []entry{{index: byStructure, key: key(r.Structure, r.ID), value: id}}

		if r.Open() {
			out = append(out, entry{index: byOpenLogin, key: key(r.Login.Key(), r.CreatedAt, r.ID), value: id})

			if !r.Due.IsZero() {
				out = append(out, entry{index: byLapse, key: key(r.Due, r.ID), value: id})
			}
		} else if !r.EndedAt.IsZero() {
			out = append(out, entry{index: byEnd, key: key(r.EndedAt, r.ID), value: id})
		}

		return out, nil
	},
}

var accounts = &table[account.Account]{
	bucket:  "accounts",
	key:     func(a account.Account) []byte { return key(a.ID) },
	version: func(a *account.Account) *int64 { return &a.Version },
	person:  func(a account.Account) account.ID { return a.ID },
	taken:   storage.ErrConflict,
	entries: func(_ *bbolt.Tx, a account.Account) ([]entry, error) {
		if a.Login.Key() == "" {
			return nil, nil
		}

		return []entry{{
			index: byLogin, key: key(a.Login.Key(), a.ID), value: key(a.ID),
			unique: key(a.Login.Key()), taken: &storage.ExistsError{Key: storage.KeyLogin},
		}}, nil
	},
}

var credentials = &table[account.Credential]{
	bucket:  "credentials",
	key:     func(c account.Credential) []byte { return key(c.Account) },
	version: func(c *account.Credential) *int64 { return &c.Version },
	taken:   storage.ErrConflict,
	entries: func(_ *bbolt.Tx, c account.Credential) (out []entry, err error) {
		if len(c.Factor.Sealed) > 0 {
			out = append(out, entry{index: byFactor, key: key(c.Account), value: key(c.Account)})
		}

		return out, nil
	},
}

var attempts = &table[account.Attempts]{
	bucket:  "attempts",
	key:     func(a account.Attempts) []byte { return key(a.Key) },
	version: func(a *account.Attempts) *int64 { return &a.Version },
	taken:   storage.ErrConflict,
	entries: func(_ *bbolt.Tx, a account.Attempts) (out []entry, err error) {
		if !a.Over.IsZero() {
			out = append(out, entry{index: byOver, key: key(a.Over, a.Key), value: key(a.Key)})
		}

		return out, nil
	},
}

var links = &table[account.Link]{
	bucket:  "links",
	key:     func(l account.Link) []byte { return key(l.Selector) },
	version: func(l *account.Link) *int64 { return &l.Version },
	taken:   &storage.ExistsError{Key: storage.KeySelector},
	entries: func(_ *bbolt.Tx, l account.Link) ([]entry, error) {
		out := []entry{{
			index: bySequence, key: key(l.Account, l.Purpose, l.Seq, l.Selector), value: key(l.Selector),
			unique: key(l.Account, l.Purpose, l.Seq), taken: storage.ErrConflict,
		}}

		if !l.NotAfter.IsZero() {
			out = append(out, entry{index: byNotAfter, key: key(l.NotAfter, l.Selector), value: key(l.Selector)})
		}

		return out, nil
	},
}

// rosters are the heads: Queue and Rows are nil.
var rosters = &table[attachment.Roster]{
	bucket:  "rosters",
	key:     func(r attachment.Roster) []byte { return key(r.Structure) },
	version: func(r *attachment.Roster) *int64 { return &r.Version },
	taken:   storage.ErrConflict,
	entries: func(_ *bbolt.Tx, r attachment.Roster) (out []entry, err error) {
		if r.Standing == attachment.Managed {
			out = append(out, entry{index: byDecider, key: key(r.Structure, r.Holder, "manager"), value: key(r.Holder)})
		}

		if r.Standing == attachment.InClaim && !r.Claim.Term.IsZero() {
			due := storage.DueRow{Structure: r.Structure, Account: r.Holder, Due: r.Claim.Term}
			out, err = appendDue(out, byDue, due, "claim")
		}

		return out, err
	},
}

// members are the rows of rosters. The places that depend on who a row is of are told from the rows of their account and
// registration, and change with these: see relist.
var members = &table[member]{
	bucket: "members",
	key:    func(m member) []byte { return key(m.Structure, m.Account, m.Service) },
	entries: func(tx *bbolt.Tx, m member) (out []entry, err error) {
		row := key(m.Structure, m.Account, m.Service)
		out = append(out, entry{index: byAccount, key: key(m.Account, m.Structure, m.Service), value: row})

		if at, order, waits := m.Asked(); waits {
			out = append(out, entry{index: byAsking, key: key(m.Structure, at, order, m.Account, m.Service), value: row})
		}

		var facts attachment.Facts
		if err := addPerson(tx, &facts, m.Account); err != nil {
			return nil, err
		}

		user := m.State == attachment.Attached || m.State == attachment.Suspended
		if user {
			out = append(out, entry{index: byUser, key: key(m.Structure, m.Account, m.Service), value: key(m.Account)})
		}

		if user || m.State == attachment.Approved && m.Invited != "" {
			text := cut(m.SearchText(facts.Accounts[m.Account]))
			out = append(out, entry{index: bySearch, key: key(m.Structure, text, m.Account, m.Service), value: row})
		}

		if !m.Remind.IsZero() {
			due := storage.DueRow{Structure: m.Structure, Account: m.Account, Service: m.Service, Due: m.Remind}
			if out, err = appendDue(out, byReminder, due); err != nil {
				return nil, err
			}
		}

		if (m.State == attachment.Requested || m.State == attachment.Approved) && !m.Due.IsZero() {
			due := storage.DueRow{Structure: m.Structure, Account: m.Account, Service: m.Service, Due: m.Due}
			if out, err = appendDue(out, byDue, due, "row"); err != nil {
				return nil, err
			}
		}

		if m.Service != "" {
			return out, nil
		}

		manage := func(g attachment.Grant) bool { return g.Profile == habilitation.Manage }
		if m.State == attachment.Attached && slices.ContainsFunc(m.Grants, manage) {
			out = append(out, entry{index: byDecider, key: key(m.Structure, m.Account, "row"), value: key(m.Account)})
		}

		if inLine(m, facts, time.Time{}) {
			out = append(out, entry{index: byOrder, key: key(m.Structure, m.Order, m.Account), value: row})
		}

		reg := facts.Registrations[m.Account]
		if login := reg.Login.Key(); login != "" && reg.Structure == m.Structure {
			out = append(out, entry{
				index: byLoginOrder, key: key(m.Structure, login, m.Order, m.Account), value: key(m.Account),
			})
		}

		return out, nil
	},
}

// inLine asks the rules whether a row waits in its roster's line. At the zero time nothing is past its Due.
func inLine(m member, facts attachment.Facts, at time.Time) bool {
	return len(attachment.Roster{Rows: []attachment.Attachment{m.Attachment}}.Line(facts, at)) == 1
}

func appendDue(out []entry, index string, due storage.DueRow, of ...any) ([]entry, error) {
	value, err := encode(due)
	place := key(append([]any{due.Due, due.Structure, due.Account, due.Service}, of...)...)

	return append(out, entry{index: index, key: place, value: value}), err
}

var messages = &table[storage.Message]{
	bucket:  "messages",
	key:     func(m storage.Message) []byte { return key(m.ID) },
	version: func(m *storage.Message) *int64 { return &m.Version },
	taken:   storage.ErrConflict,
	entries: func(_ *bbolt.Tx, m storage.Message) (out []entry, err error) {
		id := key(m.ID)
		out = append(out, entry{index: byWhom, key: key(m.Account, m.CreatedAt, m.ID), value: id})

		if m.State == storage.Queued || m.State == storage.Parked {
			out = append(out, entry{index: byWaiting, key: key(m.Structure, m.ID), value: id})
		}

		if m.State == storage.Queued {
			return append(out, entry{index: byNotBefore, key: key(m.NotBefore, m.ID), value: id}), nil
		}

		out = append(out,
			entry{index: byAbout, key: key(m.Account, m.ID), value: id},
			entry{index: byTo, key: key(m.To, m.ID), value: id})

		if m.State == storage.Parked {
			out = append(out, entry{index: byParking, key: key(m.DoneAt, m.ID), value: id})
		}

		if !m.DoneAt.IsZero() {
			out = append(out, entry{index: byDone, key: key(m.DoneAt, m.ID), value: id})
		}

		return out, nil
	},
}

var journal = &table[storage.Entry]{
	bucket: "journal",
	key:    func(e storage.Entry) []byte { return key(e.Operation, e.Seq) },
	taken:  &storage.ExistsError{Key: storage.KeyJournal},
	entries: func(_ *bbolt.Tx, e storage.Entry) ([]entry, error) {
		id := key(e.Operation, e.Seq)
		out := []entry{
			{index: byVersion, key: key(e.Structure, e.Version, e.At, e.Operation, e.Seq), value: id},
			{index: bySubject, key: key(e.Account, e.At, e.Operation, e.Seq), value: id},
		}

		if e.Actor.Kind == account.ActorAccount {
			out = append(out, entry{index: bySubject, key: key(e.Actor.ID, e.At, e.Operation, e.Seq), value: id})
		}

		if !e.At.IsZero() {
			out = append(out, entry{index: byTime, key: key(e.At, e.Operation, e.Seq), value: id})
		}

		return out, nil
	},
}

// key joins texts, numbers and times so that the order of keys is the order of their parts, and a key of the first
// parts is the beginning of all that continue them. No text holds U+0000 (sentence 10), which therefore ends one.
func key(parts ...any) []byte {
	var out []byte

	for _, part := range parts {
		if at, ok := part.(time.Time); ok {
			part = at.UnixMicro()
		}

		switch v := reflect.ValueOf(part); {
		case v.Kind() == reflect.String:
			out = append(append(out, v.String()...), 0)
		case v.Kind() == reflect.Slice:
			out = append(append(out, v.Bytes()...), 0)
		case v.CanInt():
			out = appendNumber(out, v.Int())
		case v.CanUint():
			out = appendNumber(out, int64(v.Uint()))
		default:
			panic(fmt.Sprintf("customstore: a %T has no order", part))
		}
	}

	return out
}

// cut returns as much of a text as an index keeps: two of them and an id have room in a key of bbolt, which has at most
// 32 KiB. What a form accepts is shorter, folded too.
func cut(s string) string { return s[:min(len(s), 12<<10)] }

// timeSize is the length of a time in a key, in bytes.
const timeSize = 8

// appendNumber appends eight bytes; with the sign turned over, negative numbers come first.
func appendNumber(out []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(out, uint64(n)^(1<<63))
}
