using SecretsPortal.Core;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>What the services refuse, as the portal tells it.</summary>
internal static class Refusals
{
    // The services' own words, which name the permission; AccessDenied is said of functions that do not serve, too.
    private const string Unauthorized = " is not authorized to perform: ";

    /// <summary>True where a permission is missing.</summary>
    public static bool IsOfPermission(string? message) => message?.Contains(Unauthorized, StringComparison.Ordinal) == true;

    /// <summary>A refusal; where a permission is missing, with who can grant it.</summary>
    public static string TextOf(PortalException fault) => IsOfPermission(fault.Message) ? $"{fault.Message}. {ShellText.DeniedGrant}" : fault.Message;
}
