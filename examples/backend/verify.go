package backend

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

var issuer, audience = os.Getenv("PUBLIC_URL"), os.Getenv("AUDIENCE")

type Claims struct {
	Iss, Aud, Sub string
	Exp           int64
	Session       map[string]any
}

func Verify(assertion string) (*Claims, error) {
	parts := strings.Split(assertion, ".")
	var header struct{ Alg, Kid string }
	if len(parts) != 3 || decode(parts[0], &header) != nil || header.Alg != "EdDSA" {
		return nil, errors.New("not an assertion")
	}
	key, err := publicKey(header.Kid)
	if err != nil {
		return nil, err
	}
	signature, err := encoding.DecodeString(parts[2])
	if err != nil || !ed25519.Verify(key, []byte(parts[0]+"."+parts[1]), signature) {
		return nil, errors.New("wrong signature")
	}
	claims := new(Claims)
	if decode(parts[1], claims) != nil || claims.Iss != issuer || claims.Aud != audience {
		return nil, errors.New("wrong issuer or audience")
	}
	if time.Now().Unix() >= claims.Exp+5 {
		return nil, errors.New("expired")
	}
	return claims, nil
}

var encoding = base64.RawURLEncoding.Strict()

func decode(part string, into any) error {
	text, err := encoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

var published struct {
	sync.Mutex
	keys    map[string]ed25519.PublicKey
	fetched time.Time
}

// A key that is not there is looked for again after ten seconds, one that was taken back is gone after five minutes.
func publicKey(id string) (ed25519.PublicKey, error) {
	published.Lock()
	defer published.Unlock()
	age := time.Since(published.fetched)
	if _, known := published.keys[id]; age > 5*time.Minute || (!known && age > 10*time.Second) {
		published.keys, published.fetched = fetchKeys(), time.Now()
	}
	if key, known := published.keys[id]; known {
		return key, nil
	}
	return nil, errors.New("unknown key, or no keys to be had")
}

func fetchKeys() map[string]ed25519.PublicKey {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(issuer + "/.well-known/drawbridge/jwks.json")
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	var set struct {
		Keys []struct{ Kid, Crv, X string }
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil || response.StatusCode != http.StatusOK || json.Unmarshal(body, &set) != nil {
		return nil
	}
	keys := map[string]ed25519.PublicKey{}
	for _, jwk := range set.Keys {
		if x, err := encoding.DecodeString(jwk.X); err == nil && jwk.Crv == "Ed25519" && len(x) == ed25519.PublicKeySize {
			keys[jwk.Kid] = x
		}
	}
	return keys
}
