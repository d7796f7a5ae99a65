using SecretsPortal.TerraformProvider.Schemas;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_client</c>: a program that signs its requests.</summary>
internal sealed class ClientResource : AdminResource
{
    private static readonly Schema s_schema = new(0, "A client: a program that calls the portal. Its keys are `secretsportal_access_key`.",
        [AdminAttributes.Name, AdminAttributes.Description, AdminAttributes.PrincipalTags, AdminAttributes.Disabled, AdminAttributes.Arn, AdminAttributes.CreatedAt]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_client";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string Example => """
        resource "secretsportal_client" "orders" {
          name        = "orders"
          description = "The orders service"
          tags        = { team = "orders" }
        }
        """;

    /// <inheritdoc/>
    protected override string Collection => "/clients";
}
