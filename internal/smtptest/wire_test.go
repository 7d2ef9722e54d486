package smtptest_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"
)

// What a wire does instead of carrying a command to the server, or its answer to the client.
type act uint8

const (
	drop  act = iota // the connection breaks
	hang             // nothing comes, until the test is over
	reply            // somebody answers instead of the server
)

// fault is something that happens once, at a verb. Two are no commands: greeting, which is what the server says first, and
// content, which is its answer to the message. What happens at content happens after the server has accepted it.
type fault struct {
	verb string
	act  act
	text string
}

const (
	greeting = "greeting"
	content  = "content"
)

// wires are the server's listener.
type wires struct {
	net.Listener

	server *server
	tls    *tls.Config
}

func (w *wires) Accept() (net.Conn, error) {
	c, err := w.Listener.Accept()
	if err != nil {
		return nil, err
	}

	if w.tls != nil {
		c = tls.Server(c, w.tls)
	}

	w.server.mu.Lock()
	defer w.server.mu.Unlock()

	w.server.opened++

	return &wire{Conn: c, server: w.server, lines: bufio.NewReader(c), next: greeting}, nil
}

// wire is one connection, as the server sees it: it reads the client's lines one by one. Once they are encrypted inside
// (STARTTLS) it only carries them.
type wire struct {
	net.Conn

	server  *server
	lines   *bufio.Reader
	rest    []byte // of a line that the server has not read yet
	next    string // whose answer the server writes next, if a fault may be about it
	data    bool   // the lines are a message's
	carries bool
	over    bool
}

func (w *wire) Read(p []byte) (int, error) {
	if w.carries && len(w.rest) == 0 {
		return w.lines.Read(p)
	}

	for len(w.rest) == 0 {
		line, err := w.lines.ReadBytes('\n')
		if err != nil {
			return 0, err
		}

		if w.rest, err = w.pass(line); err != nil {
			return 0, err
		}
	}

	n := copy(p, w.rest)
	w.rest = w.rest[n:]

	return n, nil
}

// pass returns what the server gets of a line: all or nothing.
func (w *wire) pass(line []byte) ([]byte, error) {
	if w.data {
		if bytes.Equal(line, []byte(".\r\n")) {
			w.data, w.next = false, content
		}

		return line, nil
	}

	command, _, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
	verb := strings.ToUpper(command)

	fault, found := w.server.fault(verb)

	switch {
	case !found:
		w.data, w.carries = verb == "DATA", verb == "STARTTLS"

		return line, nil
	case fault.act == reply:
		_, err := io.WriteString(w.Conn, fault.text+"\r\n")

		return nil, err
	default:
		return nil, w.fail(fault)
	}
}

func (w *wire) Write(p []byte) (int, error) {
	next := w.next
	w.next = ""

	if next == greeting || next == content {
		if fault, found := w.server.fault(next); found && fault.act == reply {
			_, err := io.WriteString(w.Conn, fault.text+"\r\n")

			return len(p), err
		} else if found {
			return 0, w.fail(fault)
		}
	}

	return w.Conn.Write(p)
}

// fail breaks the connection, or waits until the test is over.
func (w *wire) fail(f fault) error {
	if f.act == hang {
		w.server.silent <- struct{}{}

		<-w.server.done
	}

	_ = w.Conn.Close()

	return net.ErrClosed
}

func (w *wire) Close() error {
	w.server.mu.Lock()
	ended := w.over
	w.over = true
	w.server.mu.Unlock()

	err := w.Conn.Close()

	if !ended {
		w.server.closed <- struct{}{}
	}

	return err
}

// fault counts a command, and takes the first fault of the list if it is about that command.
func (s *server) fault(verb string) (fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.commands[verb]++

	if len(s.faults) == 0 || s.faults[0].verb != verb {
		return fault{}, false
	}

	first := s.faults[0]
	s.faults = s.faults[1:]

	return first, true
}
