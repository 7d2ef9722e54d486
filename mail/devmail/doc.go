// Package devmail has mailers for those who develop: nothing they are given leaves the machine.
//
// [Folder] writes each message into a file that mail programs open (.eml), byte by byte what package smtpmail would send.
// [Printer] prints what a reader would see, to a terminal or a log.
//
// Whoever reads the folder or the terminal can follow the links in the messages: neither is for a portal in service.
package devmail
