locals {
  server = { engine = var.engine, host = var.host, port = var.port, dbname = var.dbname, ssl = var.ssl }

  # Where there is no master, each login changes its own password.
  alternates = var.master != null
}

# The login that changes others' passwords. It rotates its own.
module "master" {
  source = "../secret"
  count  = local.alternates ? 1 : 0

  name                    = "${var.name}/master"
  description             = "The master login of ${var.name}"
  kms_key_id              = var.kms_key_id
  tags                    = var.tags
  recovery_window_in_days = var.recovery_window_in_days
  on_name_conflict        = var.on_name_conflict
  value                   = jsonencode(merge(local.server, { username = var.master.username, password = var.master_password }))
  value_version           = var.value_version
  # After the first rotation the password that Terraform knows is an old one.
  seed_once = true

  rotation = var.master.schedule_expression == null ? null : {
    schedule_expression = var.master.schedule_expression
    duration            = var.duration
    strategy            = "single-user"
    engine              = var.engine
    rotate_immediately  = var.rotate_immediately
  }
}

# What the application logs in with.
module "application" {
  source = "../secret"

  # A rotation asks for the master's value, and a destruction ends the application's first.
  depends_on = [module.master]

  name                    = var.name
  description             = var.description
  kms_key_id              = var.kms_key_id
  tags                    = var.tags
  replicas                = var.replicas
  policy                  = var.policy
  recovery_window_in_days = var.recovery_window_in_days
  on_name_conflict        = var.on_name_conflict
  value = jsonencode(merge(local.server, { username = var.username, password = var.password },
  local.alternates ? { masterarn = module.master[0].arn } : {}))
  value_version = var.value_version
  seed_once     = true

  rotation = {
    schedule_expression = var.schedule_expression
    duration            = var.duration
    strategy            = local.alternates ? "alternating-users" : "single-user"
    engine              = var.engine
    rotate_immediately  = var.rotate_immediately
  }
}
