# What the environment `local` says in Stack.toml. What it does not set is not here: a domain, alarms, autoscaling, a
# NAT gateway in each zone.

variable "endpoint" {
  description = "The URL of the emulator, for every service"
  type        = string
}

variable "environment" {
  type    = string
  default = "local"
}

variable "region" {
  description = "The region of everything"
  type        = string
  default     = "eu-west-3"
}

variable "delete_data" {
  description = "Whether a destroy deletes files, databases and images as well"
  type        = bool
  default     = true
}

variable "network" {
  description = "Its range, at least a /20, and its zones: two or three"
  type = object({
    cidr  = string
    zones = list(string)
  })
  default = {
    cidr  = "10.20.0.0/16"
    zones = ["eu-west-3a", "eu-west-3b"]
  }
  validation {
    condition     = length(var.network.zones) >= 2 && length(var.network.zones) <= 3
    error_message = "Load balancers and databases need 2 or 3 zones."
  }
}

variable "app" {
  description = "How much of what runs"
  type = object({
    migrate = list(string)
    api = object({
      replicas    = number
      cpu         = number
      memory      = number
      port        = number
      health_path = string
    })
    web = object({
      replicas    = number
      cpu         = number
      memory      = number
      port        = number
      health_path = string
    })
    worker = object({
      cpu    = number
      memory = number
    })
  })
  default = {
    migrate = ["migrate", "up"]
    api     = { replicas = 1, cpu = 256, memory = 512, port = 8080, health_path = "/api/health" }
    web     = { replicas = 1, cpu = 256, memory = 512, port = 3000, health_path = "/" }
    worker  = { cpu = 256, memory = 512 }
  }
}

variable "database" {
  description = "The database"
  type = object({
    instance_class = string
    storage_gib    = number
    multi_zone     = bool
    backup_days    = number
    protect        = bool
  })
  default = {
    instance_class = "db.t4g.micro"
    storage_gib    = 20
    multi_zone     = false
    backup_days    = 1
    protect        = false
  }
}

variable "cache" {
  description = "The cache: the size of its nodes, and how many copies stand by to take over"
  type = object({
    node_type = string
    replicas  = number
  })
  default = {
    node_type = "cache.t4g.micro"
    replicas  = 0
  }
}
