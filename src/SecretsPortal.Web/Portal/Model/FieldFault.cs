namespace SecretsPortal.Web.Portal.Model;

/// <summary>Finds the field that a refusal is about: the services' messages begin with its name.</summary>
internal static class FieldFault
{
    /// <summary>The refusal with the field's name as the form has it; null where it is about something else.</summary>
    /// <param name="fault">What the service said; null for nothing.</param>
    /// <param name="field">The service's name for the field, such as <c>displayName</c>.</param>
    /// <param name="label">What the form calls it.</param>
    public static string? Of(string? fault, string field, string label) =>
        fault is not null && fault.StartsWith(field, StringComparison.Ordinal) && fault.Length > field.Length && fault[field.Length] is ' ' or '['
            ? $"{label}{fault[field.Length..]}"
            : null;
}
