# In production nothing goes that holds data, neither for good nor for a new one without it.
package data_loss

import data.lib

deny contains lib.finding(resource, message) if {
	input.production
	some resource in lib.removed
	resource.holds_data
	message := sprintf("its data would be lost (%s), and this is production: move the data first, and then accept this finding in Stack.toml for this resource", [resource.action])
}
