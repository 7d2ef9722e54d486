package wording

import "errors"

// Codes gives a package's sentinels the stable codes under which programs know them. The first that errors.Is finds
// counts, so that a sentinel which wraps another stands before it.
type Codes []Code

// Code is one sentinel with its code.
type Code struct {
	Err  error
	Code string
}

// Of returns the code of the sentinel that err is, or otherwise if it is none of them.
func (c Codes) Of(err error, otherwise string) string {
	for _, code := range c {
		if errors.Is(err, code.Err) {
			return code.Code
		}
	}

	return otherwise
}
