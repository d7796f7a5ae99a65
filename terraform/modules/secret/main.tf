resource "secretsportal_secret" "this" {
  name                    = var.name
  description             = var.description
  kms_key_id              = var.kms_key_id
  tags                    = var.tags
  recovery_window_in_days = var.recovery_window_in_days
  on_name_conflict        = var.on_name_conflict
  replicas                = var.replicas
}

resource "secretsportal_secret_version" "this" {
  count = var.value_version == null ? 0 : 1

  secret_id                = secretsportal_secret.this.id
  secret_string_wo         = var.value
  secret_string_wo_version = var.value_version
  seed_once                = var.seed_once
  on_value_drift           = var.on_value_drift
}

resource "secretsportal_secret_policy" "this" {
  count = var.policy == null ? 0 : 1

  secret_id = secretsportal_secret.this.id
  policy    = var.policy
}

resource "secretsportal_secret_rotation" "this" {
  count = var.rotation == null ? 0 : 1

  secret_id           = secretsportal_secret.this.id
  rotation_lambda_arn = var.rotation.lambda_arn
  strategy            = var.rotation.strategy
  engine              = var.rotation.engine
  rotate_immediately  = var.rotation.rotate_immediately

  rotation_rules = {
    schedule_expression      = var.rotation.schedule_expression
    automatically_after_days = var.rotation.automatically_after_days
    duration                 = var.rotation.duration
  }

  # There has to be a value before it can be rotated.
  depends_on = [secretsportal_secret_version.this]
}
