using SecretsPortal.TerraformProvider.Schemas;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_group</c>: users and clients that share policies.</summary>
internal sealed class GroupResource : AdminResource
{
    private static readonly Schema s_schema = new(0,
        "A group of users and clients. Who is in it is told by `secretsportal_group_membership`, what it may by `secretsportal_policy_attachment`.",
        [AdminAttributes.Name, AdminAttributes.Description, AdminAttributes.Arn, AdminAttributes.CreatedAt]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_group";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string Example => """
        resource "secretsportal_group" "backend" {
          name        = "backend"
          description = "The services of the backend"
        }
        """;

    /// <inheritdoc/>
    protected override string Collection => "/groups";
}
