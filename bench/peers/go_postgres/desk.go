package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/golang-jwt/jwt/v5"
	"github.com/valyala/fasthttp"
)

const (
	bodyBytesMax = 8192
	election     = "song"
)

var options = map[string]bool{"a": true, "b": true}

type claims struct {
	Election string `json:"eid"`
	jwt.RegisteredClaims
}

type ballot struct {
	Song []string `json:"song"`
}

type answer struct {
	Receipt string `json:"receipt,omitempty"`
	Error   string `json:"error,omitempty"`
}

var parser = jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired())

// A vote from its request's parts to its answer, whichever server reads them.
type desk struct {
	secret []byte
	store  store
}

func (d *desk) voterOf(authorization, ofElection string) (voter [16]byte, err error) {
	var found claims
	token := strings.TrimPrefix(authorization, "Bearer ")
	if _, err = parser.ParseWithClaims(token, &found, func(*jwt.Token) (any, error) { return d.secret, nil }); err != nil {
		return voter, err
	}
	if found.Election != ofElection || len(found.Subject) != 2*len(voter) {
		return voter, errors.New("of another election, or of nobody")
	}
	_, err = hex.Decode(voter[:], []byte(found.Subject))
	return voter, err
}

func (d *desk) take(ctx context.Context, authorization, ofElection string, body []byte) (int, answer) {
	voter, err := d.voterOf(authorization, ofElection)
	if err != nil || ofElection != election {
		return http.StatusUnauthorized, answer{Error: "no valid token"}
	}
	var sent struct {
		Ballot *ballot `json:"ballot"`
	}
	if err := json.Unmarshal(body, &sent); err != nil || sent.Ballot == nil || len(sent.Ballot.Song) != 1 {
		return http.StatusBadRequest, answer{Error: "no ballot"}
	}
	if !options[sent.Ballot.Song[0]] {
		return http.StatusUnprocessableEntity, answer{Error: "no such option"}
	}
	text, err := json.Marshal(sent.Ballot)
	if err != nil {
		return http.StatusBadRequest, answer{Error: "no ballot"}
	}
	outcome, receipt, err := d.store.add(ctx, vote{election, voter, string(text)})
	if err != nil {
		log.Print(err)
		return http.StatusServiceUnavailable, answer{Error: "not stored, perhaps"}
	}
	switch outcome {
	case otherCounted:
		return http.StatusConflict, answer{Error: "another ballot counts already"}
	case sameCounted:
		return http.StatusOK, answer{Receipt: hex.EncodeToString(receipt.Bytes[:])}
	default:
		return http.StatusCreated, answer{Receipt: hex.EncodeToString(receipt.Bytes[:])}
	}
}

func plainHandler(d *desk) http.Handler {
	router := chi.NewRouter()
	router.Post("/v1/elections/{election}/votes", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyBytesMax))
		if err != nil {
			http.Error(w, "too long", http.StatusRequestEntityTooLarge)
			return
		}
		status, said := d.take(r.Context(), r.Header.Get("Authorization"), chi.URLParam(r, "election"), body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(said); err != nil {
			log.Print(err)
		}
	})
	return router
}

func fastHandler(d *desk) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		path := string(ctx.Path())
		of := strings.TrimSuffix(strings.TrimPrefix(path, "/v1/elections/"), "/votes")
		if !ctx.IsPost() || path != "/v1/elections/"+of+"/votes" {
			ctx.Error("not found", http.StatusNotFound)
			return
		}
		status, said := d.take(ctx, string(ctx.Request.Header.Peek("Authorization")), of, ctx.PostBody())
		ctx.SetStatusCode(status)
		ctx.SetContentType("application/json")
		if err := json.NewEncoder(ctx).Encode(said); err != nil {
			log.Print(err)
		}
	}
}
