using Microsoft.AspNetCore.Components;
using QRCoder;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The user's own second factor: set up, turn off, new recovery codes.</summary>
public sealed partial class SecondFactorCard : PortalPage
{
    private Step _step;
    private string _password = "";
    private string _code = "";
    private string _key = "";
    private MarkupString _qr;
    private IReadOnlyList<string> _codes = [];

    [Inject]
    private AccountService Service { get; set; } = default!;

    /// <summary>The account.</summary>
    [Parameter, EditorRequired]
    public AccountView Account { get; set; } = default!;

    /// <summary>The second factor was changed.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Forget();
        base.Dispose(disposing);
    }

    // Nothing of it but secrets, which only count as typed.
    private static string Kept() => "";

    private void Go(Step step)
    {
        Forget();
        _step = step;
    }

    private async Task Begin()
    {
        SecondFactorSetup? setup = null;
        if (!await Act(async call => setup = await Service.BeginSecondFactor(call, new SecretText(_password), Leaving)))
            return;
        Go(Step.Scan);
        _key = setup!.Key.Reveal();
        _qr = new MarkupString(Draw(setup.Address));
    }

    private Task Confirm() => Finish(async call =>
        await Service.ConfirmSecondFactor(call, await Session.SessionId(), new SecretText(_code), Leaving));

    private Task Prove() => Finish(async call =>
    {
        if (_step == Step.NewCodes)
            return await Service.NewRecoveryCodes(call, new SecretText(_password), new SecretText(_code), Leaving);
        await Service.RemoveSecondFactor(call, await Session.SessionId(), new SecretText(_password), new SecretText(_code), Leaving);
        return [];
    });

    /// <summary>Shows the codes that the step gives, this once; goes back to rest where it gives none.</summary>
    private async Task Finish(Func<Services.CallContext, Task<IReadOnlyList<SecretText>>> step)
    {
        IReadOnlyList<SecretText> codes = [];
        if (!await Act(async call => codes = await step(call)))
            return;
        Go(codes.Count > 0 ? Step.Codes : Step.Rest);
        _codes = [.. codes.Select(static code => code.Reveal())];
        await Changed.InvokeAsync();
    }

    // Dark on light in both themes: readers expect it so.
    private static string Draw(SecretText address)
    {
        using var generator = new QRCodeGenerator();
        using var data = generator.CreateQrCode(address.Reveal(), QRCodeGenerator.ECCLevel.M);
        using var svg = new SvgQRCode(data);
        return svg.GetGraphic(4, "#111111", "#ffffff", drawQuietZones: true, SvgQRCode.SizingMode.ViewBoxAttribute);
    }

    private void Forget()
    {
        (_password, _code, _key) = ("", "", "");
        _qr = default;
        _codes = [];
        Fault = null;
    }

    private enum Step
    {
        Rest,
        Begin,
        Scan,
        Codes,
        NewCodes,
        Remove,
    }
}
