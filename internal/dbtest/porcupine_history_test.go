package dbtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

// How a history is kept in a file: what is a sealed sum in Go is named by its type, and a refusal by its code. Logins are
// not kept: no decision looks at them.
type (
	keptHistory struct {
		Start attachment.Roster `json:"Start"`
		Facts attachment.Facts  `json:"Facts"`
		Calls []keptCall        `json:"Calls"`
		End   attachment.Roster `json:"End"`
	}
	keptCall struct {
		Command keptValue
		At      time.Time
		Start   int64
		End     int64
		Version int64       `json:",omitempty"`
		Changes []keptValue `json:",omitempty"`
		Refusal *keptError  `json:",omitempty"`
	}
	keptValue struct {
		Type  string
		Value json.RawMessage
	}
	keptError struct {
		attachment.Key

		Code string
		By   account.Actor
		At   time.Time
	}
)

// keptTypes are the commands that a recording draws, and all changes.
func keptTypes() []any {
	return []any{
		attachment.Request{},
		attachment.Withdraw{},
		attachment.Approve{},
		attachment.Refuse{},
		attachment.ClaimBegan{},
		attachment.RequestMade{},
		attachment.RequestApproved{},
		attachment.RequestRefused{},
		attachment.RequestWithdrawn{},
		attachment.TimeOver{},
		attachment.UserAttached{},
		attachment.UserDetached{},
		attachment.ManagerNamed{},
		attachment.ClaimMailed{},
		attachment.NobodyLeft{},
	}
}

func refusals() []error {
	return []error{
		attachment.ErrNotDecider, attachment.ErrNoManager, attachment.ErrOwnRequest, attachment.ErrDecided,
		attachment.ErrNoRequest, attachment.ErrOpen, attachment.ErrAttached, attachment.ErrAccountInactive,
		attachment.ErrComment, attachment.ErrUnclaimed, attachment.ErrDetails, attachment.ErrServiceUnknown,
		attachment.ErrServiceInactive, attachment.ErrSuspendedThere,
	}
}

func keep(t *testing.T, v any) keptValue {
	t.Helper()

	value, err := json.Marshal(v)
	require.NoError(t, err)

	return keptValue{Type: strings.TrimPrefix(fmt.Sprintf("%T", v), "attachment."), Value: value}
}

func (k keptValue) value(t *testing.T) any {
	t.Helper()

	for _, zero := range keptTypes() {
		if fmt.Sprintf("%T", zero) != "attachment."+k.Type {
			continue
		}

		v := reflect.New(reflect.TypeOf(zero))
		require.NoError(t, json.Unmarshal(k.Value, v.Interface()))

		return v.Elem().Interface()
	}

	require.Fail(t, "a history holds what nobody knows", k.Type)

	return nil
}

func (k keptError) refusal(t *testing.T) error {
	t.Helper()

	for _, sentinel := range refusals() {
		refusal := &attachment.Error{Key: k.Key, Err: sentinel, By: k.By, At: k.At}
		if refusal.Code() == k.Code {
			return refusal
		}
	}

	require.Fail(t, "a history holds a refusal that nobody knows", k.Code)

	return nil
}

// writeHistory keeps a history, one call a line.
func writeHistory(t *testing.T, file string, h storagetest.History) {
	t.Helper()

	kept := keptHistory{Start: h.Start, Facts: h.Facts, End: h.End}

	for _, c := range h.Calls {
		call := keptCall{Command: keep(t, c.Command), At: c.At, Start: c.Start, End: c.End, Version: c.Version}
		for _, change := range c.Changes {
			call.Changes = append(call.Changes, keep(t, change))
		}

		if refusal, ok := errors.AsType[*attachment.Error](c.Err); ok {
			call.Refusal = &keptError{Key: refusal.Key, Code: refusal.Code(), By: refusal.By, At: refusal.At}
		}

		kept.Calls = append(kept.Calls, call)
	}

	line := func(v any) string {
		content, err := json.Marshal(v)
		require.NoError(t, err)

		return string(content)
	}

	calls := make([]string, len(kept.Calls))
	for i, c := range kept.Calls {
		calls[i] = line(c)
	}

	content := fmt.Sprintf("{\n\"Start\": %s,\n\"Facts\": %s,\n\"Calls\": [\n%s\n],\n\"End\": %s\n}\n",
		line(kept.Start), line(kept.Facts), strings.Join(calls, ",\n"), line(kept.End))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
}

// readHistory reads a history anew, so that whoever changes it changes nobody else's.
func readHistory(t *testing.T, file string) storagetest.History {
	t.Helper()

	content, err := os.ReadFile(file)
	require.NoError(t, err)

	var kept keptHistory

	require.NoError(t, json.Unmarshal(content, &kept)) //nolint:musttag // kept and read here only, under the names of the fields

	h := storagetest.History{Start: kept.Start, Facts: kept.Facts, End: kept.End}

	for _, c := range kept.Calls {
		call := storagetest.Call{At: c.At, Start: c.Start, End: c.End, Version: c.Version}
		call.Command, _ = c.Command.value(t).(attachment.Command)

		for _, k := range c.Changes {
			change, _ := k.value(t).(attachment.Change)
			call.Changes = append(call.Changes, change)
		}

		if c.Refusal != nil {
			call.Err = c.Refusal.refusal(t)
		}

		h.Calls = append(h.Calls, call)
	}

	return h
}
