package main

import "strconv"

// opening says what the run is about.
func (d *demo) opening() {
	lang := d.screen.lang

	file := d.settings.csv
	if file == "" {
		file = say(lang, "opening.own")
	}

	d.screen.print(say(lang, "opening.title"))
	d.screen.print("")
	d.screen.say("opening.people")
	d.screen.say("opening.csv", file)
	d.screen.say("opening.db", d.db.path)
}

// closing sums the run up.
func (d *demo) closing(structures, registrations int) {
	lang := d.screen.lang
	d.screen.title("closing.title")

	figures := []int{
		len(d.lines), len(d.accepted), len(d.accepted) - registrations, len(d.refused), structures, len(d.structures),
		len(d.people), d.mails.count(), d.checks,
	}

	rows := make([][]string, len(figures))
	for i, what := range words(lang, "closing.rows") {
		rows[i] = []string{what, strconv.Itoa(figures[i])}
	}

	d.screen.table(words(lang, "closing.head"), rows)

	if d.settings.db != "" {
		d.screen.print("")
		d.screen.say("closing.kept", d.db.path)
	}
}
