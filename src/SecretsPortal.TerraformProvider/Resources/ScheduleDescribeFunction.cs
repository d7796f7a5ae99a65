using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>schedule_describe</c>: a schedule in plain words.</summary>
internal sealed class ScheduleDescribeFunction : ProviderFunction
{
    /// <inheritdoc/>
    public override string Name => "schedule_describe";

    /// <inheritdoc/>
    public override string Summary => "A rotation schedule in plain words";

    /// <inheritdoc/>
    public override string Description =>
        "Says what a schedule expression means, such as `every 30 days`, and refuses what the portal would refuse. The windows that it has are told by the data source `secretsportal_rotation_schedule`.";

    /// <inheritdoc/>
    public override IReadOnlyList<FunctionParameter> Parameters { get; } =
        [new("schedule_expression", TfType.Text, "`rate(N hours)`, `rate(N days)` or `cron(0 H DoM Mon DoW *)`, in UTC.")];

    /// <inheritdoc/>
    public override TfType ReturnType => TfType.Text;

    /// <inheritdoc/>
    public override string Example => """
        output "when" {
          value = provider::secretsportal::schedule_describe("rate(30 days)") # every 30 days
        }
        """;

    /// <inheritdoc/>
    public override TfValue Call(IReadOnlyList<TfValue> arguments)
    {
        try
        {
            return TfValue.Of(RotationSchedule.Parse(((TfText)arguments[0]).Value, automaticallyAfterDays: null, duration: null).Describe());
        }
        catch (PortalException e)
        {
            throw new FunctionArgumentException(0, e.Message);
        }
    }
}
