// Votes over HTTP with PostgreSQL. `--mode plain`: net/http, one statement a vote over pooled connections. `--mode
// batched`: fasthttp, and the votes that came while the last statement was under way go into the next one together.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/valyala/fasthttp"
)

func main() {
	mode := flag.String("mode", "plain", "plain or batched")
	database := flag.String("database", "", "connection string")
	connections := flag.Int("connections", 0, "of the pool, each a writer when batched; 0: what was fastest")
	flag.Parse()
	if err := run(*mode, *database, *connections); err != nil {
		log.Fatal(err)
	}
}

func run(mode, database string, connections int) error {
	ctx := context.Background()
	config, err := pgxpool.ParseConfig(database)
	if err != nil {
		return err
	}
	isBatched := mode == "batched"
	if connections == 0 {
		connections = plainConnections
		if isBatched {
			connections = batchedConnections
		}
	}
	config.MaxConns = int32(connections)
	config.MinConns = int32(connections)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	if _, err := pool.Exec(ctx, schema); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("ready", listener.Addr().(*net.TCPAddr).Port)
	secret := []byte(os.Getenv("VOTE_SECRET"))
	if isBatched {
		server := &fasthttp.Server{
			Handler:            fastHandler(&desk{secret: secret, store: newBatchedStore(pool, connections)}),
			MaxRequestBodySize: bodyBytesMax,
		}
		return server.Serve(listener)
	}
	return http.Serve(listener, plainHandler(&desk{secret: secret, store: plainStore{pool}}))
}
