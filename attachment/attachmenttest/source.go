package attachmenttest

// Source is where the choices come from. IntN returns a number from 0 to n-1; 0 is the simplest choice. n is positive.
type Source interface{ IntN(n int) int }

// pick draws one of several, the first as the simplest.
func pick[T any](src Source, from []T) T { return from[src.IntN(len(from))] }

// coin draws a yes or no, and no is simpler.
func coin(src Source) bool { return src.IntN(2) == 1 }

// every returns what can be drawn, once for each way to choose, the simplest first. So what is enumerated and what is drawn at
// random are the same by construction.
func every[T any](draw func(Source) T) []T {
	var (
		out   []T
		wheel odometer
	)

	for more := true; more; more = wheel.next() {
		wheel.at = 0
		out = append(out, draw(&wheel))
	}

	return out
}

// odometer is a source that goes through all choices, the last one turning fastest.
type odometer struct {
	digits, limits []int
	at             int // how many choices have been made
}

// IntN returns the choice whose turn it is.
func (o *odometer) IntN(n int) int {
	if o.at == len(o.digits) {
		o.digits, o.limits = append(o.digits, 0), append(o.limits, n)
	}

	o.at++

	return o.digits[o.at-1]
}

// next turns to the next choices; false when all have been made.
func (o *odometer) next() bool {
	for i := len(o.digits) - 1; i >= 0; i-- {
		if o.digits[i]+1 < o.limits[i] {
			o.digits[i]++
			o.digits, o.limits = o.digits[:i+1], o.limits[:i+1]

			return true
		}
	}

	return false
}
