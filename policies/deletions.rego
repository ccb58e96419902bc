# One plan takes away no more than a person can look over:
#
#     [policies.settings]
#     deletions.limit = 10
package deletions

import data.lib

limit := lib.project(["deletions", "limit"], 10)

deny contains message if {
	number := count(lib.removed)
	number > limit
	message := sprintf("%d objects would go, and at most %d may in one plan: make it in several, or raise deletions.limit", [number, limit])
}
