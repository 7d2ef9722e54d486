// Package dbtest runs the stores on real database engines. It is a module of its own, so that whoever uses the portal
// is not made to fetch the engines' drivers.
package dbtest
