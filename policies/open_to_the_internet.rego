# Only what balances load takes connections from the whole internet.
package open_to_the_internet

import data.lib

deny := lib.touched(wrong)

warn := lib.untouched(wrong)

wrong contains lib.finding(rule, message) if {
	some rule in lib.of({"aws:ec2:SecurityGroupRule"})
	not lib.surely(rule, "direction", "egress", "ingress")
	some field in {"cidr_ipv4", "cidr_ipv6"}
	range := lib.setting(rule, field, null)
	range != null
	lib.world(range)
	not of_a_load_balancer(rule)
	message := sprintf("%s may be the whole internet, and the group is not a load balancer's alone: let in less", [field])
}

# Whether its group is of this plan, and only load balancers are in it.
of_a_load_balancer(rule) if {
	some group in lib.of({"aws:ec2:SecurityGroup"})
	lib.names(rule.after.security_group_id, group)
	members := {user.type | some user in lib.users(group)} - {"aws:ec2:SecurityGroupRule"}
	members == {"aws:elbv2:LoadBalancer"}
}

wrong contains lib.finding(group, message) if {
	some group in lib.of({"azure:network:NetworkSecurityGroup"})
	some rule in lib.setting(group, "security_rules", [])
	object.get(rule, "access", "Allow") != "Deny"
	object.get(rule, "direction", "Inbound") != "Outbound"
	some range in object.get(rule, "source_address_prefixes", ["*"])
	lib.world(range)
	not of_container_apps(group)
	message := sprintf("the rule %v lets in the whole internet, or may, and the group is not that of Container Apps alone: let in less", [object.get(rule, "name", "without a name")])
}

# Whether it guards only subnets of Container Apps, whose ingress is their load balancer.
of_container_apps(group) if {
	delegations := {lib.setting(user, "delegation", null) | some user in lib.users(group)}
	delegations == {"Microsoft.App/environments"}
}
