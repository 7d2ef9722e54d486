package identifier

// subject is what was asked for: one of the kinds, under its number, or a
// number that is none of them.
type subject uint8

const (
	aSIREN subject = subject(Registering) + 1 + iota
	aNIC
	aVATNumber
)

var subjectKeys = [...]string{
	SIRET: "a.SIRET", European: "a.VAT", NonEU: "a.NonEU", RIDET: "a.RIDET", Tahiti: "a.Tahiti",
	Individual: "a.Individual", Registering: "a.Registering",
	aSIREN: "a.SIREN", aNIC: "a.NIC", aVATNumber: "a.VAT",
}

// key is the key of the subject's name in texts.
func (s subject) key() string {
	if int(s) < len(subjectKeys) && subjectKeys[s] != "" {
		return subjectKeys[s]
	}
	return "a.code"
}

// reason is why a text is refused, as closely as Text can say it. Valid needs
// no more than whether it is fine.
type reason uint8

const (
	fine reason = iota

	nothing
	nothingText
	nothingName
	tooShort
	tooLong
	onlySIREN      // of a SIRET
	wholeSIRET     // for a SIREN
	onlyRID        // of a RIDET
	onlyEnterprise // of a Tahiti number
	textShort
	textLong
	vatLength
	noName // a country and nothing else
	tahitiShort
	tahitiLong

	noDigit
	noCharacter
	notInTahiti
	notInVAT
	noText

	neverGivenSIREN
	neverGivenVAT
	fixedInVAT
	zerosInVAT
	noBirthDate

	wrongSIREN
	wrongSIRET
	wrongLaPoste
	wrongVAT
	noKeyVAT
	wrongFrenchKey
	wrongFrenchSIREN

	frenchVAT
	greekPrefix
	britishVAT
	outsideUnion
	oneStopShop
	noPrefix
	inFrance
	hasRIDET
	hasTahiti
	inUnion
	noCountry
	otherCountry
	countryForm

	unknownKind
	unknownScheme
	notEncoded
	unlikeSample
)

var reasons = [...]struct {
	err error
	key string
}{
	nothing:        {ErrEmpty, "empty"},
	nothingText:    {ErrEmpty, "empty.text"},
	nothingName:    {ErrEmpty, "empty.name"},
	tooShort:       {ErrLength, "length.short"},
	tooLong:        {ErrLength, "length.long"},
	onlySIREN:      {ErrLength, "length.siren"},
	wholeSIRET:     {ErrLength, "length.siret"},
	onlyRID:        {ErrLength, "length.rid"},
	onlyEnterprise: {ErrLength, "length.tahiti"},
	textShort:      {ErrLength, "length.text.short"},
	textLong:       {ErrLength, "length.text.long"},
	vatLength:      {ErrLength, "length.vat"},
	noName:         {ErrLength, "length.name"},
	tahitiShort:    {ErrLength, "length.tahiti.short"},
	tahitiLong:     {ErrLength, "length.tahiti.long"},

	noDigit:     {ErrCharset, "charset.digit"},
	noCharacter: {ErrCharset, "charset.character"},
	notInTahiti: {ErrCharset, "charset.tahiti"},
	notInVAT:    {ErrCharset, "charset.vat"},
	noText:      {ErrCharset, "charset.text"},

	neverGivenSIREN: {ErrComponent, "component.siren"},
	neverGivenVAT:   {ErrComponent, "component.vat"},
	fixedInVAT:      {ErrComponent, "component.vat.want"},
	zerosInVAT:      {ErrComponent, "component.zeros"},
	noBirthDate:     {ErrComponent, "component.birth"},

	wrongSIREN:       {ErrChecksum, "checksum.siren"},
	wrongSIRET:       {ErrChecksum, "checksum.siret"},
	wrongLaPoste:     {ErrChecksum, "checksum.laposte"},
	wrongVAT:         {ErrChecksum, "checksum.vat"},
	noKeyVAT:         {ErrChecksum, "checksum.vat.none"},
	wrongFrenchKey:   {ErrChecksum, "checksum.vat.fr"},
	wrongFrenchSIREN: {ErrChecksum, "checksum.vat.siren"},

	frenchVAT:    {ErrCountry, "country.french"},
	greekPrefix:  {ErrCountry, "country.greek"},
	britishVAT:   {ErrCountry, "country.british"},
	outsideUnion: {ErrCountry, "country.outside"},
	oneStopShop:  {ErrCountry, "country.oss"},
	noPrefix:     {ErrCountry, "country.prefix"},
	inFrance:     {ErrCountry, "country.france"},
	hasRIDET:     {ErrCountry, "country.ridet"},
	hasTahiti:    {ErrCountry, "country.tahiti"},
	inUnion:      {ErrCountry, "country.union"},
	noCountry:    {ErrCountry, "country.none"},
	otherCountry: {ErrCountry, "country"},
	countryForm:  {ErrCountry, "country.form"},

	unknownKind:   {ErrKind, "kind.unknown"},
	unknownScheme: {ErrKind, "kind.scheme"},
	notEncoded:    {ErrEncoding, "identifier.encoding"},
	unlikeSample:  {ErrUnusual, "identifier.unusual"},
}

func (r reason) key() string { return reasons[r].key }

// precise names a part that is complete in itself: nine digits of a SIRET are
// a SIREN. n is the number of characters read.
func (r reason) precise(of subject, n int, input string) reason {
	switch {
	case r == tooShort && of == subject(SIRET) && n == sirenLength:
		return onlySIREN
	case r == tooShort && of == subject(RIDET) && n == ridLength:
		return onlyRID
	case r == tahitiShort && n == tahitiEnterprise:
		return onlyEnterprise
	case r == tooLong && of == aSIREN && kept(input) == siretLength:
		return wholeSIRET
	}
	return r
}
