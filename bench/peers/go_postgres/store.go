package main

import (
	"context"
	"sort"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// What was fastest of 8 to 90, and of 1 to 6.
	plainConnections   = 64
	batchedConnections = 2
	batchVotesMax      = 512   // the rest waits for the next statement
	waitingVotesMax    = 4_096 // then whoever votes waits to be let in

	schema = `CREATE TABLE IF NOT EXISTS votes (
		election text NOT NULL,
		voter uuid NOT NULL,
		ballot text NOT NULL,
		receipt uuid NOT NULL DEFAULT gen_random_uuid(),
		PRIMARY KEY (election, voter))`
	insertOne = `INSERT INTO votes (election, voter, ballot) VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING RETURNING receipt`
	insertAll = `INSERT INTO votes (election, voter, ballot) SELECT $1, * FROM unnest($2::uuid[], $3::text[])
		ON CONFLICT DO NOTHING RETURNING voter, receipt`
	selectOne = `SELECT ballot, receipt FROM votes WHERE election = $1 AND voter = $2`
)

type outcome int

const (
	counted outcome = iota
	sameCounted
	otherCounted
)

type vote struct {
	election string
	voter    [16]byte
	ballot   string
}

// Durable when it returns without an error.
type store interface {
	add(ctx context.Context, v vote) (outcome, pgtype.UUID, error)
}

// What counts for a voter whose vote was not inserted: committed before, as ON CONFLICT waits for the other one.
func compare(ctx context.Context, pool *pgxpool.Pool, v vote) (outcome, pgtype.UUID, error) {
	var ballot string
	var receipt pgtype.UUID
	if err := pool.QueryRow(ctx, selectOne, v.election, v.voter).Scan(&ballot, &receipt); err != nil {
		return 0, receipt, err
	}
	if ballot != v.ballot {
		return otherCounted, receipt, nil
	}
	return sameCounted, receipt, nil
}

type plainStore struct{ pool *pgxpool.Pool }

func (s plainStore) add(ctx context.Context, v vote) (outcome, pgtype.UUID, error) {
	var receipt pgtype.UUID
	err := s.pool.QueryRow(ctx, insertOne, v.election, v.voter, v.ballot).Scan(&receipt)
	if err == pgx.ErrNoRows {
		return compare(ctx, s.pool, v)
	}
	return counted, receipt, err
}

type waitingVote struct {
	vote
	inserted chan inserted
}

type inserted struct {
	receipt pgtype.UUID // not valid: somebody was there before
	err     error
}

type batchedStore struct {
	pool    *pgxpool.Pool
	waiting chan *waitingVote
}

func newBatchedStore(pool *pgxpool.Pool, writers int) *batchedStore {
	s := &batchedStore{pool: pool, waiting: make(chan *waitingVote, waitingVotesMax)}
	for i := 0; i < writers; i++ {
		go s.write()
	}
	return s
}

func (s *batchedStore) add(ctx context.Context, v vote) (outcome, pgtype.UUID, error) {
	w := &waitingVote{v, make(chan inserted, 1)}
	s.waiting <- w
	done := <-w.inserted
	if done.err == nil && !done.receipt.Valid {
		return compare(ctx, s.pool, v)
	}
	return counted, done.receipt, done.err
}

func (s *batchedStore) write() {
	for first := range s.waiting {
		batch := []*waitingVote{first}
	gather:
		for len(batch) < batchVotesMax {
			select {
			case next := <-s.waiting:
				batch = append(batch, next)
			default:
				break gather
			}
		}
		s.insert(batch)
	}
}

// In the order of the voters, so that no two statements wait for each other. Of a voter's votes in one batch only the
// first goes in: RETURNING could not tell them apart.
func (s *batchedStore) insert(batch []*waitingVote) {
	sort.SliceStable(batch, func(a, b int) bool { return string(batch[a].voter[:]) < string(batch[b].voter[:]) })
	voters := make([][16]byte, 0, len(batch))
	ballots := make([]string, 0, len(batch))
	for i, w := range batch {
		if i == 0 || w.voter != batch[i-1].voter {
			voters = append(voters, w.voter)
			ballots = append(ballots, w.ballot)
		}
	}
	receipts, err := s.insertRows(batch[0].election, voters, ballots)
	for i, w := range batch {
		done := inserted{err: err}
		if i == 0 || w.voter != batch[i-1].voter {
			done.receipt = receipts[w.voter]
		}
		w.inserted <- done
	}
}

func (s *batchedStore) insertRows(
	election string, voters [][16]byte, ballots []string,
) (map[[16]byte]pgtype.UUID, error) {
	rows, err := s.pool.Query(context.Background(), insertAll, election, voters, ballots)
	if err != nil {
		return nil, err
	}
	receipts := make(map[[16]byte]pgtype.UUID, len(voters))
	var voter, receipt pgtype.UUID
	_, err = pgx.ForEachRow(rows, []any{&voter, &receipt}, func() error {
		receipts[voter.Bytes] = receipt
		return nil
	})
	return receipts, err
}
