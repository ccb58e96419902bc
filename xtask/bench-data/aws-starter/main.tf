# The architecture of `stacks/aws-starter` in its environment `local`, for Terraform. A file is what the Rust module of
# the same name is.
#
#            people ──▶ front (load balancer) ──┬─▶ web    ┐
#                                               └─▶ api    ├─ service, in private subnets
#                                                   worker ┘
#                                                    │
#                        ┌───────────────┬───────────┴───┬──────────────┐
#                     database         cache          storage        secrets
#                     (Postgres)       (Redis)        (S3)           (Secrets Manager)
#
# Left out: the run of the migration (`aws:ecs:TaskRun`), which has no equivalent in Terraform. Its task definition, log
# and roles are here; nothing waits for it.
#
# Stand-ins: the two passwords are `terraform_data`, so that no provider besides hashicorp/aws is needed.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

# Credentials come from the environment.
provider "aws" {
  region                      = var.region
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true

  endpoints {
    ec2            = var.endpoint
    ecr            = var.endpoint
    ecs            = var.endpoint
    elasticache    = var.endpoint
    elbv2          = var.endpoint
    iam            = var.endpoint
    logs           = var.endpoint
    rds            = var.endpoint
    s3             = var.endpoint
    secretsmanager = var.endpoint
    sts            = var.endpoint
  }
}

locals {
  # What the names of things begin with.
  name = "aws-starter-${var.environment}"
}

# Under which names the application finds what it needs.

output "APP_PUBLIC_URL" {
  description = "where people open the web app"
  value       = local.url
}

output "API_BASE_URL" {
  description = "where the web app finds the API"
  value       = "${local.url}/api"
}

output "DATABASE_URL" {
  description = "the database, with its credentials"
  value       = local.database_url
  sensitive   = true
}

output "REDIS_URL" {
  description = "the cache, with its credentials"
  value       = local.redis_url
  sensitive   = true
}

output "STORAGE_PROVIDER" {
  description = "the kind of file storage"
  value       = "s3"
}

output "STORAGE_BUCKET" {
  description = "where files are kept"
  value       = aws_s3_bucket.files.id
}

output "SECRETS_PROVIDER" {
  description = "the kind of secret store"
  value       = "aws-secrets-manager"
}

output "AWS_REGION" {
  description = "a setting of the secret store's client"
  value       = var.region
}

output "SECRETS_PREFIX" {
  description = "a setting of the secret store's client"
  value       = local.secrets_prefix
}
