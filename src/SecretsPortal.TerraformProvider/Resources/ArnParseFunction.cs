using SecretsPortal.Core.Secrets;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>arn_parse</c>: the parts of a secret's ARN.</summary>
internal sealed class ArnParseFunction : ProviderFunction
{
    /// <inheritdoc/>
    public override string Name => "arn_parse";

    /// <inheritdoc/>
    public override string Summary => "The parts of a secret's ARN";

    /// <inheritdoc/>
    public override string Description =>
        "Takes a secret's ARN apart: `region`, `account_id`, the secret's `name`, and the `suffix` of six characters that tells it from others of the same name; null for a partial ARN.";

    /// <inheritdoc/>
    public override IReadOnlyList<FunctionParameter> Parameters { get; } = [new("arn", TfType.Text, "A secret's ARN, whole or without the suffix.")];

    /// <inheritdoc/>
    public override TfType ReturnType { get; } = TfType.ObjectOf(
        KeyValuePair.Create("region", TfType.Text), KeyValuePair.Create("account_id", TfType.Text), KeyValuePair.Create("name", TfType.Text), KeyValuePair.Create("suffix", TfType.Text));

    /// <inheritdoc/>
    public override string Example => """
        output "name" {
          value = provider::secretsportal::arn_parse("arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/api-AbCdEf").name # prod/api
        }
        """;

    /// <inheritdoc/>
    public override TfValue Call(IReadOnlyList<TfValue> arguments)
    {
        if (!SecretArn.TryParse(((TfText)arguments[0]).Value, out var arn))
            throw new FunctionArgumentException(0, "It is not a secret's ARN: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx");
        return TfObject.Empty
            .With("region", TfValue.Of(arn.Region))
            .With("account_id", TfValue.Of(arn.Account))
            .With("name", TfValue.Of(arn.NameBeforeSuffix))
            .With("suffix", TfValue.Of(arn.HasSuffix ? arn.Resource[^SecretArn.SuffixLength..] : null));
    }
}
