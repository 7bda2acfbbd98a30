package backend

import (
	"crypto/subtle"
	"os"
	"strings"
)

var accepted = strings.Fields(os.Getenv("ORIGIN_SECRETS"))

func IsFromWorker(sent string) bool {
	for _, secret := range accepted {
		if subtle.ConstantTimeCompare([]byte(sent), []byte(secret)) == 1 {
			return true
		}
	}
	return false
}
