using System.ComponentModel.DataAnnotations;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/rotations</c>: what is rotated when.</summary>
internal static class RotationsResource
{
    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("GET", "/rotations/{secret}", SecretActions.DescribeSecret, "See how a secret's rotation is planned, with its next five windows", Get, "GetRotation");
        api.Map("GET", "/rotations/{secret}/windows", SecretActions.DescribeSecret, "See the five windows that another schedule would have", Preview, "PreviewRotationWindows");
    }

    private static Task<RotationPlan> Get(HttpContext http, RotationOverview rotations, string secret) =>
        rotations.Describe(http.Call(), KeysResource.NameOf(secret), http.RequestAborted);

    private static Task<PlannedWindows> Preview(
        HttpContext http, RotationOverview rotations, string secret, string? scheduleExpression, [Range(1, RotationSchedule.MaxDays)] int? automaticallyAfterDays, string? duration) =>
        rotations.Preview(http.Call(), KeysResource.NameOf(secret), () => Read(scheduleExpression, automaticallyAfterDays, duration), http.RequestAborted);

    /// <summary>A schedule from its three members; <see cref="FieldException"/> names the one that is wrong.</summary>
    private static RotationSchedule Read(string? scheduleExpression, int? automaticallyAfterDays, string? duration)
    {
        try
        {
            return RotationSchedule.Parse(scheduleExpression, automaticallyAfterDays, duration);
        }
        catch (PortalException wrong) when (wrong.Error == PortalError.InvalidParameter)
        {
            var field = wrong.Message.StartsWith("Duration", StringComparison.Ordinal) ? nameof(duration)
                : wrong.Message.StartsWith("AutomaticallyAfterDays", StringComparison.Ordinal) ? nameof(automaticallyAfterDays) : nameof(scheduleExpression);
            throw new FieldException(field, wrong.Message);
        }
    }
}
