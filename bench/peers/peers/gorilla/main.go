// gorilla: the WebSocket server that Go tutorials describe (gorilla/websocket,
// database/sql, lib/pq): one goroutine per connection, a map of users behind a
// mutex, one query per session check. It is the baseline, so it is kept plain.
//
//	/ws         echo
//	/websocket  JSON: session, private_message, broadcast (and "login", by which a
//	            connection names its user; a session message does not carry a user)
package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	_ "github.com/lib/pq"
)

type message struct {
	Type      string `json:"type"`
	SessionID string `json:"session_id,omitempty"`
	Status    string `json:"status,omitempty"`
	Sender    string `json:"sender,omitempty"`
	Receiver  string `json:"receiver,omitempty"`
	Message   string `json:"message,omitempty"`
}

type client struct {
	conn *websocket.Conn
	mu   sync.Mutex // gorilla allows one writer at a time
}

func (c *client) send(m *message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn.WriteJSON(m)
}

var (
	upgrader = websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024,
		CheckOrigin: func(*http.Request) bool { return true }}
	db      *sql.DB
	mu      sync.RWMutex
	users   = map[string]*client{}
	clients = map[*client]bool{}
	ping    time.Duration
)

func echo(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	for {
		kind, p, err := conn.ReadMessage()
		if err != nil || conn.WriteMessage(kind, p) != nil {
			return
		}
	}
}

func sessionStatus(id string) string {
	var expires time.Time
	err := db.QueryRow("SELECT expires_at FROM sessions WHERE session_id=$1", id).Scan(&expires)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "empty"
	case err != nil:
		log.Print(err)
		return "error"
	case expires.Before(time.Now()):
		return "expired"
	}
	return "valid"
}

func websocketHandler(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &client{conn: conn}
	var name string
	mu.Lock()
	clients[c] = true
	mu.Unlock()
	done := make(chan struct{})
	if ping > 0 {
		go func() {
			t := time.NewTicker(ping)
			defer t.Stop()
			for {
				select {
				case <-t.C:
					c.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
				case <-done:
					return
				}
			}
		}()
	}
	defer func() {
		close(done)
		mu.Lock()
		delete(clients, c)
		if name != "" && users[name] == c {
			delete(users, name)
		}
		mu.Unlock()
		conn.Close()
	}()
	for {
		_, p, err := conn.ReadMessage()
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(p, &m) != nil {
			continue
		}
		switch m.Type {
		case "session":
			c.send(&message{Type: "session", Status: sessionStatus(m.SessionID)})
		case "login":
			name = m.Sender
			mu.Lock()
			users[name] = c
			mu.Unlock()
			c.send(&message{Type: "login", Status: "ok"})
		case "private_message":
			mu.RLock()
			to := users[m.Receiver]
			mu.RUnlock()
			if to != nil {
				to.send(&m)
			}
		case "broadcast":
			mu.RLock()
			for to := range clients {
				to.send(&m)
			}
			mu.RUnlock()
		}
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	dsn := flag.String("dsn", "", "")
	pool := flag.Int("pool", 0, "connections to Postgres; 0: database/sql's defaults")
	flag.DurationVar(&ping, "ping", 0, "ping each connection this often")
	flag.Parse()
	var err error
	if db, err = sql.Open("postgres", *dsn); err != nil {
		log.Fatal(err)
	}
	if *pool > 0 {
		db.SetMaxOpenConns(*pool)
		db.SetMaxIdleConns(*pool)
	}
	http.HandleFunc("/ws", echo)
	http.HandleFunc("/websocket", websocketHandler)
	log.Fatal(http.ListenAndServe(*addr, nil))
}
