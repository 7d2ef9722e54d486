package identifier_test

// The floors are what the rule costs at the least: no errors, no kinds, no
// positions, nothing but the verdict, written for speed alone. The benchmarks
// are reported as ratios to them, since a ratio survives a change of machine.

// scalarFloor is rule A2 in the tightest loop over characters that we know: two
// digits a turn, both sums at once.
//
//go:noinline
func scalarFloor(s string) bool {
	if len(s) != 14 {
		return false
	}
	var siren, whole, digits uint
	for i := 0; i < 14; i += 2 {
		a, b := uint(s[i]-'0'), uint(s[i+1]-'0')
		if a > 9 || b > 9 {
			return false
		}
		whole += uint(luhnDouble[a]) + b
		digits += a + b
		if i < 8 {
			siren += a + uint(luhnDouble[b])
		} else if i == 8 {
			siren += a
		}
	}
	if siren%10 != 0 || s[:8] == "00000000" {
		return false
	}
	if s[:9] == "356000000" {
		return digits%5 == 0 || s == "35600000000048"
	}
	return whole%10 == 0
}

var luhnDouble = [10]uint8{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}

// wordFloor is rule A2 a word at a time, the fastest that we know. What it gains
// over the obvious way to write that:
//   - The loads are cut out of s before they are put together. Where two of them
//     share the bytes 6 and 7, the compiler merges neither into one load.
//   - Both sums add 1 for a doubled digit from 5 on, instead of taking 9 away,
//     which is the same to the last digit.
//   - A table of the multiples of ten stands for the divisions. 0 is none of
//     them, which leaves out the zeros: with eight of them the sum is the ninth
//     digit, so that only nine would pass.
//
// unsafe gains nothing on it.
//
//go:noinline
func wordFloor(s string) bool {
	const ones = 0x0101010101010101
	const even, odd = 0x00ff00ff00ff00ff, 0xff00ff00ff00ff00
	if len(s) != 14 {
		return false
	}
	a, b := eight(s[:8])^0x30*ones, eight(s[6:])^0x30*ones
	if (a|b|(a+6*ones)|(b+6*ones))&(0xf0*ones) != 0 {
		return false
	}
	b >>= 16
	x := a + (a+0x7b*ones)>>7&ones
	y := b + (b+0x7b*ones)>>7&ones
	siren := (a+x&odd)*ones>>56 + b&0x0f
	whole := (a + b + (x+y)&even) * ones >> 56
	if a == 0x060503 && byte(b) == 0 {
		return (a+b)*ones>>56%5 == 0 || s == "35600000000048"
	}
	return tens[uint8(siren)] && tens[uint8(whole)]
}

func eight(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

var tens = func() (table [256]bool) {
	for i := 10; i < len(table); i += 10 {
		table[i] = true
	}
	return table
}()

// spacedFloor is scalarFloor behind a loop that leaves out the ASCII space,
// the only separator it knows.
//
//go:noinline
func spacedFloor(s string) bool {
	var buf [14]byte
	n := 0
	for i := range len(s) {
		c := s[i]
		if c == ' ' {
			continue
		}
		if n == len(buf) {
			return false
		}
		buf[n] = c
		n++
	}
	return n == 14 && scalarFloorBytes(&buf)
}

func scalarFloorBytes(s *[14]byte) bool {
	var siren, whole, digits uint
	for i := 0; i < 14; i += 2 {
		a, b := uint(s[i]-'0'), uint(s[i+1]-'0')
		if a > 9 || b > 9 {
			return false
		}
		whole += uint(luhnDouble[a]) + b
		digits += a + b
		if i < 8 {
			siren += a + uint(luhnDouble[b])
		} else if i == 8 {
			siren += a
		}
	}
	if siren%10 != 0 || string(s[:8]) == "00000000" {
		return false
	}
	if string(s[:9]) == "356000000" {
		return digits%5 == 0 || string(s[:]) == "35600000000048"
	}
	return whole%10 == 0
}
