using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>A text with its size and, where JSON is meant, whether it is JSON.</summary>
public sealed partial class TextEditor : ComponentBase
{
    /// <summary>The text.</summary>
    [Parameter, EditorRequired]
    public string Text { get; set; } = "";

    /// <summary>It was changed.</summary>
    [Parameter]
    public EventCallback<string> TextChanged { get; set; }

    /// <summary>What is wrong with it; null for nothing.</summary>
    [Parameter]
    public string? Fault { get; set; }

    private int Bytes => JsonText.Bytes(Text);

    private bool IsTooLong => Bytes > SecretValue.MaxBytes;

    private Task Change(string? text) => TextChanged.InvokeAsync(text ?? "");

    private Task Format() => JsonText.Format(Text) is { } formatted ? TextChanged.InvokeAsync(formatted) : Task.CompletedTask;
}
