package structure_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func siret() identifier.ID { return identifier.MustParse(identifier.SIRET, "73282932000074") }

func TestNamesAreStable(t *testing.T) {
	for sector, want := range map[structure.Sector]string{
		0: "invalid", structure.Private: "private", structure.Public: "public", 3: "invalid",
	} {
		assert.Equal(t, want, sector.String())
	}

	for status, want := range map[structure.Status]string{
		0: "invalid", structure.Active: "active", structure.Inactive: "inactive", 3: "invalid",
	} {
		assert.Equal(t, want, status.String())
	}
}

func TestC1_ANewStructureIsAnIdentityWithoutData(t *testing.T) {
	assert.Equal(t, structure.Structure{
		ID: "s1", Identity: siret(), Sector: structure.Private, Status: structure.Active, CreatedAt: noon,
	}, structure.New("s1", siret(), noon))
}

func TestB1_TheActivatingRegistrationsDataBecomeTheStructures(t *testing.T) {
	s := structure.New("s1", siret(), noon)
	s.Version = 4

	details := structure.Details{
		Sector: structure.Public, Data: structure.Data{LegalName: "ACME", Town: "Paris"},
		Applications: []structure.Application{"annuaire", "organisation"},
	}

	known := s.Describe(details)
	assert.Equal(t, structure.Structure{
		ID: "s1", Version: 4, Identity: siret(), Sector: structure.Public, Status: structure.Active,
		Data: details.Data, Applications: []structure.Application{"annuaire", "organisation"}, CreatedAt: noon,
	}, known)
	assert.Empty(t, s.Data.LegalName, "a copy")

	known.Applications[0] = "x"
	assert.Equal(t, structure.Application("annuaire"), details.Applications[0], "that shares no memory")
}

func TestC2_WhatADirectorySaidBeforeTheActivationStays(t *testing.T) {
	for _, c := range []struct{ directory, author, want bool }{
		{false, false, false}, {false, true, true}, {true, false, true}, {true, true, true},
	} {
		s := structure.New("s1", siret(), noon)
		s.Data.NonDiffusible = c.directory
		s = s.Describe(structure.Details{Data: structure.Data{LegalName: "ACME", NonDiffusible: c.author}})
		assert.Equal(t, structure.Data{LegalName: "ACME", NonDiffusible: c.want}, s.Data)
	}
}

func TestB12_AForgottenStructureTellsNothingOfWhoseItWas(t *testing.T) {
	s := structure.New("s1", identifier.MustParse(identifier.Individual, "1850175123POTIERDANIEL1"), noon)
	s.Data = structure.Data{FirstName: "Daniel", LastName: "Potier", Town: "Vannes"}
	generated := identifier.MustParse(identifier.Registering, "EC1")

	assert.Equal(t, structure.Structure{
		ID: "s1", Identity: generated, Sector: structure.Private, Status: structure.Active, CreatedAt: noon,
	}, s.Forget(generated))
}

func TestTwoVersionsOfAStructureSayTheSame(t *testing.T) {
	s := structure.New("s1", siret(), noon)
	s.Applications, s.Version = []structure.Application{"annuaire"}, 3

	same := s.Clone()
	same.Version, same.CreatedAt = 4, noon.In(time.FixedZone("UTC+1", 60*60))
	assert.True(t, s.Same(same), "the version says nothing")

	for name, change := range map[string]func(*structure.Structure){
		"id":           func(s *structure.Structure) { s.ID = "s2" },
		"identity":     func(s *structure.Structure) { s.Identity = identifier.MustParse(identifier.Registering, "EC1") },
		"sector":       func(s *structure.Structure) { s.Sector = structure.Public },
		"status":       func(s *structure.Structure) { s.Status = structure.Inactive },
		"data":         func(s *structure.Structure) { s.Data.Town = "Vannes" },
		"applications": func(s *structure.Structure) { s.Applications[0] = "signature" },
		"creation":     func(s *structure.Structure) { s.CreatedAt = noon.Add(time.Microsecond) },
		"predecessor":  func(s *structure.Structure) { s.Predecessor = "s0" },
		"successor":    func(s *structure.Structure) { s.Successor = "s2" },
		"verification": func(s *structure.Structure) { s.Verification = structure.Verified },
		"check":        func(s *structure.Structure) { s.CheckedAt = noon },
	} {
		other := s.Clone()
		change(&other)
		assert.False(t, s.Same(other), name)
		assert.False(t, other.Same(s), name)
	}
}

func TestB5_AStructuresSummary(t *testing.T) {
	s := structure.New("s1", siret(), noon)
	s.Data = structure.Data{LegalName: "ACME", Town: "Vannes", NonDiffusible: true}
	assert.Equal(t, structure.Summary{Identity: siret(), Sector: structure.Private, Data: s.Data, Active: true}, s.Summary(),
		"whole: who is attached sees it (G4)")

	s.Status = structure.Inactive
	assert.False(t, s.Summary().Active)
}

func TestAStructuresCloneSharesNoMemory(t *testing.T) {
	s := structure.New("s1", siret(), noon)
	s.Applications = []structure.Application{"a"}
	clone := s.Clone()
	assert.Equal(t, s, clone)

	clone.Applications[0] = "x"
	assert.Equal(t, structure.Application("a"), s.Applications[0])
}

func TestC2_TheNameIsTheLegalNameOrThePersons(t *testing.T) {
	for want, d := range map[string]structure.Data{
		"":              {},
		"ACME":          {LegalName: "ACME"},
		"Daniel Potier": {FirstName: "Daniel", LastName: "Potier"},
		"Potier":        {LastName: "Potier"},
		"SARL Potier":   {LegalName: "SARL Potier", FirstName: "Daniel", LastName: "Potier", Label: "Atelier"},
	} {
		assert.Equal(t, want, d.Name())
	}
}

func TestG4_TheAddressOfANonDiffusibleStructureIsMasked(t *testing.T) {
	d := structure.Data{
		LegalName: "ACME", LastName: "Potier", FirstName: "Daniel", Label: "Atelier", Address: "12 rue de l'Église",
		Complement1: "Bâtiment B", Complement2: "BP 12", PostalCode: "75001", Town: "Paris", Country: "FR",
	}
	assert.Equal(t, d, d.Masked(), "diffusible")

	d.NonDiffusible = true
	assert.Equal(t, structure.Data{
		LegalName: "ACME", LastName: "Potier", FirstName: "Daniel", Label: "Atelier", NonDiffusible: true,
	}, d.Masked())
	assert.Equal(t, "Paris", d.Town, "a copy")
	assert.Equal(t, d.Masked(), d.Masked().Masked())
}

func TestC6_OnlyAnActiveServiceWithinItsDatesIsActive(t *testing.T) {
	from, until := noon, noon.Add(24*time.Hour)

	for name, c := range map[string]struct {
		service structure.Service
		at      time.Time
		active  bool
	}{
		"without dates":         {structure.Service{}, noon, true},
		"switched off":          {structure.Service{Inactive: true}, noon, false},
		"switched off in dates": {structure.Service{Inactive: true, From: from, Until: until}, noon.Add(time.Hour), false},
		"before it begins":      {structure.Service{From: from}, from.Add(-time.Microsecond), false},
		"when it begins":        {structure.Service{From: from}, from, true},
		"long after":            {structure.Service{From: from}, from.AddDate(50, 0, 0), true},
		"just before it ends":   {structure.Service{Until: until}, until.Add(-time.Microsecond), true},
		"when it ends":          {structure.Service{Until: until}, until, false},
		"long before it ends":   {structure.Service{Until: until}, until.AddDate(-50, 0, 0), true},
		"within":                {structure.Service{From: from, Until: until}, from.Add(time.Hour), true},
		"after":                 {structure.Service{From: from, Until: until}, until.Add(time.Hour), false},
		"before":                {structure.Service{From: from, Until: until}, from.Add(-time.Hour), false},
		"never, as the dates":   {structure.Service{From: until, Until: from}, noon.Add(time.Hour), false},
	} {
		assert.Equal(t, c.active, c.service.ActiveAt(c.at), name)
	}
}
