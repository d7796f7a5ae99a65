# A PostgreSQL login of an application. A master login changes its passwords, so that two users take turns and no client is refused.
terraform {
  required_version = ">= 1.11"

  required_providers {
    secretsportal = {
      source = "secrets-portal/secretsportal"
    }
  }
}

provider "secretsportal" {}

variable "host" {
  description = "The database server."
  type        = string
  default     = "localhost"
}

variable "password" {
  description = "The application's password as of now."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "master_password" {
  description = "The master's password as of now."
  type        = string
  sensitive   = true
  ephemeral   = true
}

module "orders" {
  source = "../../modules/database-credentials"

  name               = "example/orders/postgres"
  engine             = "postgres"
  host               = var.host
  port               = 5432
  dbname             = "orders"
  username           = "orders"
  password           = var.password
  master             = { username = "postgres" }
  master_password    = var.master_password
  rotate_immediately = false
}

output "next_windows" {
  value = module.orders.next_windows
}
