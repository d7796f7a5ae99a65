using SecretsPortal.Core;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>What the services refuse, as the portal tells it.</summary>
internal static class Refusals
{
    /// <summary>True where a permission is missing: the services name it. AccessDenied is said of functions that do not serve, too.</summary>
    public static bool IsOfPermission(string? message) => message?.Contains(" is not authorized to perform: ", StringComparison.Ordinal) == true;

    /// <summary>A refusal; where a permission is missing, with who can grant it.</summary>
    public static string TextOf(PortalException fault) => IsOfPermission(fault.Message) ? $"{fault.Message}. {ShellText.DeniedGrant}" : fault.Message;
}
