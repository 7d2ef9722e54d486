package identifier

const (
	ridLength        = 7 // the company, in front of a RIDET
	ridetLength      = 10
	tahitiEnterprise = 6 // the company, in front of a Tahiti number
	tahitiLength     = 9
)

// readRIDET puts the ten digits of s into buf. Nine are the same number as it
// is commonly written, without its leading zero (rule A5).
func readRIDET(buf *[ridetLength]byte, s string) fault {
	f := digits(buf[:], s, ridetLength)
	if f.why == tooShort && f.index == ridetLength-1 {
		copy(buf[1:], buf[:ridetLength-1])
		buf[0] = '0'
		return fault{}
	}
	return f
}

func parseRIDET(s string) (ID, error) {
	var buf [ridetLength]byte
	if f := readRIDET(&buf, s); f.why != fine {
		return ID{}, f.error(RIDET, "A5", s)
	}
	return ID{kind: RIDET, country: newCaledonia, code: same(s, buf[:])}, nil
}

func validRIDET(s string) bool {
	var buf [ridetLength]byte
	return readRIDET(&buf, s).why == fine
}

// readTahiti puts the nine characters of s into buf (rule A6).
func readTahiti(buf *[tahitiLength]byte, s string) fault {
	n, f := keep(buf[:], s)
	// A letter out of place is the fault, also where the length is wrong.
	for i := range min(n, tahitiLength) {
		if formClasses[buf[i]]&decimal != 0 {
			continue
		}
		if i == 0 && formClasses[buf[i]]&letter != 0 {
			continue
		}
		f = fault{why: noCharacter, index: i}
		break
	}
	switch {
	case f.why != fine:
		f.why, f.want = notInTahiti, "0-9"
		if f.index == 0 {
			f.want = "0-9|A-Z"
		}
	case n > tahitiLength:
		f = fault{why: tahitiLong, index: tahitiLength, count: tahitiLength}
	case n == 0:
		f = fault{why: nothingText, count: tahitiLength}
	case n < tahitiLength:
		f = fault{why: tahitiShort, index: n, at: plain(len(s), n), count: tahitiLength}
	}
	return f
}

func parseTahiti(s string) (ID, error) {
	var buf [tahitiLength]byte
	if f := readTahiti(&buf, s); f.why != fine {
		return ID{}, f.error(Tahiti, "A6", s)
	}
	return ID{kind: Tahiti, country: polynesia, code: same(s, buf[:])}, nil
}

func validTahiti(s string) bool {
	var buf [tahitiLength]byte
	return readTahiti(&buf, s).why == fine
}
