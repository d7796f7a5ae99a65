using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace SecretsPortal.Core.Policies;

/// <summary>Lists the constants of a class of actions, so that a list can't lack one.</summary>
internal static class ActionNames
{
    /// <summary>The values of its public constants, in their order.</summary>
    public static IReadOnlyList<string> Of([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields)] Type actions) =>
        [.. actions.GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!)];
}
