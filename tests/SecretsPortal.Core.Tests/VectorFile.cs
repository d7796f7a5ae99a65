using System.Text.Json;

namespace SecretsPortal.Core.Tests;

/// <summary>The frozen files under Vectors/, embedded so that a test needs no path.</summary>
internal static class VectorFile
{
    public static JsonElement Read(string name)
    {
        using var document = JsonDocument.Parse(Text(name));
        return document.RootElement.Clone();
    }

    public static string Text(string name)
    {
        using var stream = typeof(VectorFile).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"No embedded file {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static byte[] Hex(this JsonElement element, string name) => Convert.FromHexString(element.Text(name));

    public static bool Flag(this JsonElement element, string name, bool absent) =>
        element.TryGetProperty(name, out var value) ? value.GetBoolean() : absent;
}
