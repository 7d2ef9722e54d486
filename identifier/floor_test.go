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

// wordFloor is rule A2 a word at a time, the fastest that we know.
//
//go:noinline
func wordFloor(s string) bool {
	const ones = 0x0101010101010101
	const even, odd = 0x000f000f000f000f, 0x0f000f000f000f00
	if len(s) != 14 {
		return false
	}
	a := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	b := uint64(s[6]) | uint64(s[7])<<8 | uint64(s[8])<<16 | uint64(s[9])<<24 |
		uint64(s[10])<<32 | uint64(s[11])<<40 | uint64(s[12])<<48 | uint64(s[13])<<56
	if ((a+0x46*ones)|(a-0x30*ones)|(b+0x46*ones)|(b-0x30*ones))&(0x80*ones) != 0 {
		return false
	}
	b >>= 16
	// Twice the digit, less 9 where it is 5 or more.
	a2 := a & (0x0f * ones)
	a2 = a2<<1 - (a2+0x7b*ones)>>7&ones*9
	b2 := b & even
	b2 = b2<<1 - (b2+0x7b*ones)>>7&ones*9
	siren := ((a&even+a2&(odd<<4|odd))*ones)>>56 + b&0x0f
	whole := ((a&odd + a2&(even<<4|even) + b&odd + b2) * ones) >> 56
	if siren%10 != 0 || a == 0x30*ones {
		return false
	}
	if a == 0x3030303030363533 && byte(b) == '0' {
		digits := ((a&(0x0f*ones) + b&(0x0f*ones)) * ones) >> 56
		return digits%5 == 0 || s == "35600000000048"
	}
	return whole%10 == 0
}

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
