package identifier

// checkVAT holds the rest of a state's rule, at level Strict. The algorithms
// are those of python-stdnum, in our own words: the Commission publishes none.
// Where one is incomplete, the form decides.
//
// A table of functions would do as well, but would have every number escape to
// the heap.
func checkVAT(state uint8, d []byte) slip {
	switch state {
	case stateAT:
		return checkAT(d)
	case stateBE:
		return checkBE(d)
	case stateBG:
		return checkBG(d)
	case stateCY:
		return checkCY(d)
	case stateCZ:
		return checkCZ(d)
	case stateDE:
		return checkDE(d)
	case stateDK:
		return checkDK(d)
	case stateEE:
		return checkEE(d)
	case stateEL:
		return checkEL(d)
	case stateES:
		return checkES(d)
	case stateFI:
		return checkFI(d)
	case stateFR:
		return checkFR(d)
	case stateHR:
		return checkHR(d)
	case stateHU:
		return checkHU(d)
	case stateIE:
		return checkIE(d)
	case stateIT:
		return checkIT(d)
	case stateLT:
		return checkLT(d)
	case stateLU:
		return checkLU(d)
	case stateLV:
		return checkLV(d)
	case stateMT:
		return checkMT(d)
	case stateNL:
		return checkNL(d)
	case statePL:
		return checkPL(d)
	case statePT:
		return checkPT(d)
	case stateRO:
		return checkRO(d)
	case stateSE:
		return checkSE(d)
	case stateSI:
		return checkSI(d)
	case stateSK:
		return checkSK(d)
	case stateXI:
		return checkXI(d)
	}
	return slip{}
}

// slip is a fault as small as the checks can tell it: small enough to be
// returned in registers.
type slip struct {
	why   reason
	index int
	keys  uint16 // as fault.keys
	want  string
}

// pairs hold the check values of two digits.
const pairs = "" +
	"0001020304050607080910111213141516171819" +
	"2021222324252627282930313233343536373839" +
	"4041424344454647484950515253545556575859" +
	"6061626364656667686970717273747576777879" +
	"8081828384858687888990919293949596979899"

// digit compares the check digit in place i with the one that fits, -1 if none
// does.
func digit(d []byte, i, value int) slip {
	if int(d[i]-'0') == value {
		return slip{}
	}
	if value < 0 {
		return slip{why: noKeyVAT, index: i}
	}
	return slip{why: wrongVAT, index: i, want: decimals[value : value+1]}
}

// twoDigits compares the check digits in the places i and i+1, as a number.
func twoDigits(d []byte, i, value int) slip {
	if number(d[i:i+2]) == value {
		return slip{}
	}
	return slip{why: wrongVAT, index: i, want: pairs[2*value : 2*value+2]}
}

// oneLetter compares the check letter in place i with letter number value of
// an alphabet.
func oneLetter(d []byte, i int, alphabet string, value int) slip {
	if d[i] == alphabet[value] {
		return slip{}
	}
	return slip{why: wrongVAT, index: i, want: alphabet[value : value+1]}
}

// never is the fault of a part that is never given out, in place i.
func never(i int) slip { return slip{why: neverGivenVAT, index: i} }

// number is the value of digits.
func number(d []byte) int {
	n := 0
	for _, c := range d {
		n = n*10 + int(c-'0')
	}
	return n
}

// weigh adds the first digits, each times its weight: the bytes of weights.
func weigh(d []byte, weights string) int {
	sum := 0
	for i := range len(weights) {
		sum += int(d[i]-'0') * int(weights[i])
	}
	return sum
}

// luhn adds digits, doubling those in places of the given parity as
// Luhn's sum does.
func luhn(d []byte, parity int) int {
	sum := 0
	for i, c := range d {
		v := int(c - '0')
		if i&1 == parity {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum
}

// upTo9 is -1 for the 10 that some sums modulo 11 give and no digit can be.
func upTo9(value int) int {
	if value > 9 {
		return -1
	}
	return value
}

// mod11x10 is the check digit of ISO 7064, mod 11,10.
func mod11x10(d []byte) int {
	check := uint8(10)
	for _, c := range d {
		check = mod11x10Steps[check][c&0x0f]
	}
	return int(11-check) % 10
}

// mod11x10Steps has what each digit makes of each check: their sum modulo 10,
// with 10 for 0, doubled modulo 11. Two divisions a digit would cost more than
// all the rest.
//
//nolint:gochecknoglobals // a table, never changed
var mod11x10Steps = func() (t [11][16]uint8) {
	for check := range t {
		for c := range 10 {
			sum := (check + c) % 10
			if sum == 0 {
				sum = 10
			}
			t[check][c] = uint8(sum * 2 % 11)
		}
	}
	return t
}()

// zeros reports whether there is no digit but 0.
func zeros(d []byte) bool {
	for _, c := range d {
		if '1' <= c && c <= '9' {
			return false
		}
	}
	return true
}
