package attachmenttest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/structure"
)

// Slice returns what a store reads of a world for a command: the rows of the accounts that it names, of the holder and of the head
// of the queue, and the facts about those. Decider is there for commands of support, Invited for a [attachment.Depart].
func Slice(w World, c attachment.Command) World {
	out := w
	out.Roster.Queue = w.Roster.Queue[:min(len(w.Roster.Queue), attachment.QueueLength)]
	named := append(append(c.Accounts(), w.Roster.Holder), out.Roster.Queue...)
	codes := services(c)

	out.Roster.Rows = make([]attachment.Attachment, 0, len(w.Roster.Rows))
	for _, row := range w.Roster.Rows {
		if slices.Contains(named, row.Account) {
			out.Roster.Rows = append(out.Roster.Rows, row)
			codes = append(codes, row.Service)
		}
	}

	out.Facts.Services = map[structure.Code]structure.Service{}
	for _, code := range codes {
		if service, exists := w.Facts.Services[code]; exists {
			out.Facts.Services[code] = service
		}
	}

	out.Facts.Accounts = make(map[account.ID]account.Account, len(named))
	out.Facts.Registrations = make(map[account.ID]account.Registration, len(named))

	for _, id := range named {
		if acc, exists := w.Facts.Accounts[id]; exists {
			out.Facts.Accounts[id] = acc
		}

		if reg, exists := w.Facts.Registrations[id]; exists {
			out.Facts.Registrations[id] = reg
		}
	}

	if c.Actor().Kind != account.ActorSupport {
		out.Facts.Decider = ""
	}

	if _, departs := c.(attachment.Depart); !departs {
		out.Facts.Invited = false
	}

	return out
}

// services are those that a command names, whose facts its decision needs though nobody may have a row there.
func services(command attachment.Command) []structure.Code {
	var codes []structure.Code

	switch c := command.(type) {
	case attachment.Request:
		codes = append(append(codes, c.Service), c.More...)
	case attachment.Withdraw:
		codes = append(codes, c.Service)
	case attachment.Approve:
		codes = append(codes, c.Service)
	case attachment.Refuse:
		codes = append(codes, c.Service)
	case attachment.Attach:
		codes = append(codes, c.Service)
	case attachment.Register, attachment.Create, attachment.Adopt, attachment.Activate, attachment.Depart, attachment.Arrive,
		attachment.Detach, attachment.Leave, attachment.Suspend, attachment.Resume, attachment.Confirm, attachment.Remind,
		attachment.HandOver, attachment.Appoint, attachment.ContestStanding, attachment.Freeze, attachment.Release,
		attachment.GrantProfiles, attachment.RevokeProfiles, attachment.CopyProfiles, attachment.RequestProfiles,
		attachment.DropProfiles, attachment.AwaitProof, attachment.RefuseProof, attachment.Mailed,
		attachment.Settle: // of these the rows name all that matters
	}

	return slices.DeleteFunc(codes, func(code structure.Code) bool { return code == "" })
}

// part is what tells the slices of one world apart.
type part struct {
	people           uint8
	services         string
	support, departs bool
}

// slice returns the step's [Slice], which an exploration makes once for all commands that share it.
func (s Step) slice() World {
	if s.slices == nil {
		return Slice(s.Before, s.Command)
	}

	w, made := s.slices[s.part]
	if !made {
		w = Slice(s.Before, s.Command)
		s.slices[s.part] = w
	}

	return w
}

// SliceEqualsWhole checks that a decision on the slice that a store reads is the decision on the whole roster, and that the rows
// it changes come out alike.
func SliceEqualsWhole(s Step) error {
	part := s.slice()
	if everything(part, s.Before) {
		return nil // there is no difference that could matter
	}

	changes, err := attachment.Decide(part.Roster, part.Facts, s.Command, part.Now, s.Guards...)
	if !sameRefusal(err, s.Err) {
		return fmt.Errorf("slice: the answer is %w, of the whole %w", orDone(err), orDone(s.Err))
	}

	if len(changes) == 0 && len(s.Changes) == 0 {
		return nil
	}

	if !reflect.DeepEqual(changes, s.Changes) {
		return fmt.Errorf("slice: it brings about %+v, and the whole %+v", changes, s.Changes)
	}

	for _, change := range changes {
		part.Roster = part.Roster.Apply(change)
	}

	for _, change := range changes {
		stored, read := part.Roster.Row(change.Subject())
		if row, _ := s.After.Roster.Row(change.Subject()); read && !reflect.DeepEqual(stored, row) {
			return fmt.Errorf("slice: the row of %s becomes %+v, of the whole %+v", row.Account, stored, row)
		}
	}

	after := part.Roster
	whole := s.After.Roster
	after.Version++
	after.Rows, after.Queue, whole.Rows, whole.Queue = nil, nil, nil, nil

	if !reflect.DeepEqual(after, whole) {
		return fmt.Errorf("slice: the roster becomes %+v, of the whole %+v", after, whole)
	}

	return nil
}

// everything tells whether a slice holds all that the whole does.
func everything(part, whole World) bool {
	return len(part.Roster.Rows) == len(whole.Roster.Rows) && len(part.Roster.Queue) == len(whole.Roster.Queue) &&
		len(part.Facts.Accounts) == len(whole.Facts.Accounts) && len(part.Facts.Services) == len(whole.Facts.Services) &&
		len(part.Facts.Registrations) == len(whole.Facts.Registrations) &&
		part.Facts.Decider == whole.Facts.Decider && part.Facts.Invited == whole.Facts.Invited
}

// sameRefusal tells whether two errors say the same.
func sameRefusal(a, b error) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}

	x, one := errors.AsType[*attachment.Error](a)
	y, other := errors.AsType[*attachment.Error](b)

	return one && other && x.Key == y.Key && errors.Is(x.Err, y.Err) && x.By == y.By && x.At.Equal(y.At) &&
		(x.Cause == nil) == (y.Cause == nil) && (x.Cause == nil || x.Cause.Error() == y.Cause.Error())
}
