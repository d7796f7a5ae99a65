using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_policy</c>: an identity policy.</summary>
internal sealed class PolicyResource : AdminResource
{
    private static readonly Schema s_schema = new(0, "An identity policy. It takes effect where a `secretsportal_policy_attachment` attaches it.",
    [
        AdminAttributes.Name,
        new("document", Presence.Required, "The policy in IAM's JSON; `secretsportal_policy_document` or `jsonencode` writes it. Checked in the plan as the portal checks it.")
        {
            Type = TfType.Text, IsJson = true, Validators = [Validators.IdentityPolicy],
        },
        AdminAttributes.Description,
        AdminAttributes.Arn,
        AdminAttributes.CreatedAt,
        new("updated_at", Presence.Computed, "When it was changed last, in RFC 3339.") { Type = TfType.Text },
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_policy";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string Example => """
        resource "secretsportal_policy" "read_orders" {
          name = "read-orders"
          document = jsonencode({
            Version = "2012-10-17"
            Statement = [{
              Effect   = "Allow"
              Action   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
              Resource = "arn:aws:secretsmanager:*:*:secret:prod/orders/*"
            }]
          })
        }
        """;

    /// <inheritdoc/>
    protected override string Collection => "/policies";
}
