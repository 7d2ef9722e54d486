package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
)

// operate applies one operation: statements one after another, each of which sees what the others left. The first ones
// lock what the operation hangs on, so that those behind them miss nothing that others commit meanwhile.
func (v view) operate(ctx context.Context, op storage.Operation) error {
	switch op := op.(type) {
	case storage.CopyStructure:
		return v.inOrder(ctx, v.copyStructure(op))
	case storage.EraseAccount:
		return v.inOrder(ctx, eraseAccount(op))
	case storage.Purge:
		return v.purge(ctx, op.Bounded())
	default:
		return fmt.Errorf("sqlstore: unknown operation %T", op)
	}
}

// inOrder runs statements one by one.
func (v view) inOrder(ctx context.Context, all []part) error {
	for _, p := range all {
		if _, err := v.run(ctx, p); err != nil {
			return err
		}
	}

	return nil
}

// change is a statement that may touch any number of rows.
func change(text string, args ...any) part { return part{text: text, args: args, rows: anyNumber} }

// copyStructure copies what hangs on a structure.
func (v view) copyStructure(op storage.CopyStructure) []part {
	swap := change(`UPDATE guichet_rosters SET version = version + 1
		WHERE structure = ? AND version = ? AND standing IN ('managed', 'vacant')`, op.From, op.Version)
	head := change(`INSERT INTO guichet_rosters (structure, version, standing, holder, attached, contest_since, contest_by, contest_of, frozen,
			review_of, review_until)
		SELECT s.id, r.version - 1, r.standing, r.holder, r.attached, r.contest_since, r.contest_by, r.contest_of, r.frozen,
			r.review_of, r.review_until
		FROM guichet_rosters AS r CROSS JOIN guichet_structures AS s WHERE r.structure = ? AND s.id = ?
		ON CONFLICT DO NOTHING`, op.From, op.To)
	swap.rows, head.rows = 1, 1

	return []part{
		swap, head,
		copied(services(), op, "version", "1"),
		copied(attachments(), op),
		copied(grants(), op),
		change(`DELETE FROM guichet_attachments WHERE structure = ? AND state IN ('requested', 'approved')`, op.From),
		change(`UPDATE guichet_attachments SET wish_profiles = '', wish_comment = '', wish_at = NULL, wish_ord = 0,
				asked_at = NULL, asked_ord = NULL, remind = NULL
			WHERE structure = ? AND (wish_profiles <> '' OR wish_comment <> '' OR wish_at IS NOT NULL OR wish_ord <> 0
				OR remind IS NOT NULL)`, op.From),
		change(`UPDATE guichet_accounts SET version = version + 1
			WHERE id IN (SELECT account FROM guichet_attachments WHERE structure = ?)`, op.To),
		change(`UPDATE guichet_registrations SET version = version + 1, structure = ? WHERE structure = ?`, op.To, op.From),
		change(`UPDATE guichet_messages SET version = version + 1, structure = ?
			WHERE structure = ? AND state IN ('queued', 'parked')`, op.To, op.From),
	}
}

// copied inserts a structure's rows of a table for another one, with some columns replaced.
func copied[T any](t table[T], op storage.CopyStructure, replaced ...string) part {
	var shape T

	names := list(written(t.columns(&shape)), "")

	var values []string

	for _, c := range written(t.columns(&shape)) {
		switch at := slices.Index(replaced, c.name); {
		case c.name == "structure":
			values = append(values, "CAST(? AS TEXT)")
		case at >= 0:
			values = append(values, replaced[at+1])
		default:
			values = append(values, c.name)
		}
	}

	return change("INSERT INTO "+t.from+" ("+names+") SELECT "+join(values)+" FROM "+t.from+" WHERE structure = ?",
		op.To, op.From)
}

// eraseAccount erases what is personal about a closed account.
func eraseAccount(op storage.EraseAccount) []part {
	const nobody = `version = version + 1, login = '', login_key = NULL, first_name = '', last_name = '', phone = '',
		contact = '', language = '', terms_version = '', terms_at = NULL, survey_version = '', survey_at = NULL`

	id := op.Account
	lock := change("UPDATE guichet_accounts SET version = version WHERE id = ? AND state = 'closed'", id)
	lock.rows = 1

	return []part{
		lock,
		change("DELETE FROM guichet_messages WHERE account = ? AND state <> 'queued'", id),
		change(`DELETE FROM guichet_messages WHERE state <> 'queued' AND recipient <> '' AND recipient IN (
			SELECT login FROM guichet_accounts WHERE id = ? UNION SELECT contact FROM guichet_accounts WHERE id = ?)`, id, id),
		change("UPDATE guichet_accounts SET "+nobody+", search = '' WHERE id = ?", id),
		change("UPDATE guichet_registrations SET "+nobody+" WHERE id = ?", id),
		change("DELETE FROM guichet_credentials WHERE account = ?", id),
		change("DELETE FROM guichet_links WHERE account = ?", id),
		change(`UPDATE guichet_rosters SET version = version + 1
			WHERE structure IN (SELECT structure FROM guichet_attachments WHERE account = ?)`, id),
		change(`UPDATE guichet_attachments SET comment = '', details = NULL, reason = '', wish_comment = '', wish_reason = '',
			invited = '', invited_search = '' WHERE account = ?`, id),
		change(`DELETE FROM guichet_journal_notes WHERE (operation, seq) IN (
			SELECT operation, seq FROM guichet_journal WHERE account = ?
			UNION SELECT operation, seq FROM guichet_journal WHERE actor = ?)`, id, account.By(id).String()),
	}
}

// purge deletes what has been kept long enough.
func (v view) purge(ctx context.Context, op storage.Purge) error {
	if err := v.purgeRegistrations(ctx, op); err != nil {
		return err
	}

	var all []part

	oldest := func(at time.Time, table, key, column, more string) {
		if at.IsZero() {
			return
		}

		all = append(all, change("DELETE FROM "+table+" WHERE ("+key+") IN (SELECT "+key+" FROM "+table+
			" WHERE "+column+" < ? AND "+column+" > ? AND "+more+" ORDER BY "+column+", "+key+" LIMIT ?)",
			stamp{&at}, stamp{new(time.Time)}, op.Limit))
	}

	oldest(op.Messages, "guichet_messages", "id", "done_at", "state <> 'queued'")
	oldest(op.Links, "guichet_links", "selector", "not_after", "1 = 1")
	oldest(op.Attempts, "guichet_attempts", "key", "over_at", "1 = 1")
	oldest(op.Journal, "guichet_journal", "operation, seq", "at", "1 = 1")

	return v.inOrder(ctx, all)
}

// purgeRegistrations deletes registrations, with what remains in rosters of those that became no account.
func (v view) purgeRegistrations(ctx context.Context, op storage.Purge) error {
	if op.Registrations.IsZero() {
		return nil
	}

	ids, err := query(ctx, v, `SELECT id FROM guichet_registrations
		WHERE ended_at < ? AND state NOT IN ('awaiting approval', 'awaiting activation')
		ORDER BY ended_at, id LIMIT ?`+v.lock, []any{stamp{&op.Registrations}, op.Limit},
		func(id *account.ID) []any { return []any{id} })
	if err != nil || len(ids) == 0 {
		return err
	}

	var (
		args   = anys(ids)
		gone   = in("account", len(ids)) + " AND account NOT IN (SELECT id FROM guichet_accounts WHERE " + in("id", len(ids)) + ")"
		rows   = gone + " AND state IN ('refused', 'withdrawn', 'lapsed', 'detached')"
		twice  = slices.Concat(args, args)
		houses = "structure IN (SELECT structure FROM guichet_attachments WHERE " + rows + ")"
	)

	if v.lock != "" {
		_, err := query(ctx, v, "SELECT 1 FROM guichet_rosters WHERE "+houses+" ORDER BY structure"+v.lock, twice, one)
		if err != nil {
			return err
		}
	}

	return v.inOrder(ctx, []part{
		change("UPDATE guichet_rosters SET version = version + 1 WHERE "+houses, twice...),
		change("DELETE FROM guichet_attachments WHERE "+rows, twice...),
		change("DELETE FROM guichet_journal_notes WHERE (operation, seq) IN (SELECT operation, seq FROM guichet_journal WHERE "+
			gone+")", twice...),
		change("DELETE FROM guichet_registrations WHERE "+in("id", len(ids)), args...),
	})
}
