"""Short sentences about goods of all kinds, pleased and displeased, that are learnt from beside a shop's own reviews.

A shop of dresses never hears of batteries or burnt toast, and one with few complaints hardly knows how people complain.
These are written for Debut and taken from no review; they are few, so that a shop's own reviews have the say.
"""

import pandas as pd

__all__ = ["DISPLEASED", "PLEASED", "frame"]

PLEASED = """
Works perfectly. | Works great and was easy to set up. | Does exactly what it should. | It does the job well.
I use it every day and it has never let me down. | Still going strong after two years. | No complaints at all.
No problems so far. | Never had an issue with it. | I could not be happier. | I wish I had bought it sooner.
Exactly as described. | Just what I was looking for. | Better than I expected. | Exceeded my expectations.
I would buy it again in a heartbeat. | I have bought a second one. | I ordered two more for my family.
Highly recommended to anyone. | I recommend it to all my friends. | Five stars. | Ten out of ten. | Two thumbs up.
Great product at a great price. | Excellent value for money. | Worth every penny. | Cheap and surprisingly good.
You get a lot for the price. | A real bargain. | Cheaper than in the shops and just as good.
Arrived a day early and well packed. | Fast shipping, no damage. | It came quickly and in perfect condition.
The seller was friendly and helped me at once. | Customer service replaced it without any fuss.
The battery lasts all week. | It charges fast and holds its charge. | The sound is crisp and clear.
The picture is sharp and the colours are rich. | The screen is bright and quick. | Pairs with my phone without trouble.
The signal is strong in every room. | Calls are clear and nobody complains. | The camera takes wonderful photos.
The software is simple and stable. | Setting it up took five minutes. | The buttons are easy to find and to press.
The keyboard is a pleasure to type on. | The cable is sturdy and long enough. | It fits my device like a glove.
It is quiet and powerful. | It heats up quickly. | The knife is sharp and well balanced. | Nothing sticks to this pan.
It cleans easily and goes in the dishwasher. | The blender makes short work of ice. | The coffee tastes fantastic.
The lid seals tightly and nothing leaks. | It keeps drinks hot for hours. | Delicious, fresh and not too sweet.
The flavour is rich and my kids ask for more. | The soup is tasty and filling. | My dog loves this food.
It smells wonderful and lasts all day. | My skin feels soft and looks clearer. | It cured my dry hands in a week.
Gentle, and no rash at all. | The brush is soft and does not shed. | My hair has never looked better.
My daughter plays with it for hours. | The toy is sturdy and safe. | My son adores it. | A big hit at the party.
The pieces fit together well. | The instructions were clear. | It was assembled in no time.
The chair is comfortable, my back pain is gone. | The mattress is firm and I sleep like a baby. | The shelf is solid.
The lamp gives a warm, pleasant light. | The curtains look elegant. | The pillow keeps its shape.
The drill is powerful and light. | The tyres grip well in the rain. | It runs smoothly and saves fuel.
The tent kept us dry in a storm. | The shoes are comfortable from the first day. | The bag has room for everything.
The zip runs smoothly. | It washes well and keeps its colour. | Soft, warm and true to size.
A gripping story, I could not put it down. | The book explains it clearly. | The music is beautiful.
A charming film with great actors. | The game is fun for the whole family. | Not bad at all. | Pleasantly surprised.
Good. | Great. | Excellent. | Perfect. | Love it. | Awesome. | Very satisfied. | Very pleased. | Happy with it.
Well made and sturdy. | Solid build, feels expensive. | Durable and reliable. | It looks great and works even better.
Simple, clever and useful. | It makes my life easier. | The best one I have ever owned. | You will not regret it.
Everything works as promised. | It solved my problem. | I was sceptical, but it really works. | Thank you, great job.
"""

DISPLEASED = """
Does not work. | It stopped working after a week. | It died after two uses. | It broke the first time I used it.
Dead on arrival. | It never worked properly. | It does not do what it says. | It failed when I needed it most.
Nothing but trouble. | I had problems from day one. | I regret buying it. | I wish I had read the reviews first.
Not as described. | Not what I ordered. | Worse than I expected. | A big disappointment. | Very disappointed.
I would not buy it again. | I do not recommend it. | I cannot recommend this to anyone. | Do not buy this.
Stay away from it. | Avoid at all costs. | Save your money. | One star is too many. | Zero stars if I could.
A waste of money. | A waste of time. | Not worth the price. | Overpriced junk. | Far too expensive for what it is.
You get what you pay for, which is rubbish. | The cheap one was better. | I want my money back.
It arrived late and damaged. | The box was crushed and parts were missing. | It never arrived. | I got the wrong item.
The seller never answered. | Customer service was rude and useless. | They refused to give me a refund.
The battery dies within an hour. | It will not charge any more. | It gets far too hot. | The sound is tinny and weak.
The picture is blurry and dark. | The screen cracked by itself. | It keeps losing the connection. | It would not pair.
The signal drops all the time. | Nobody can hear me on calls. | The camera is slow and the photos are grainy.
The software crashes constantly. | Setting it up was a nightmare. | The buttons stick. | The keys are mushy.
The cable came apart. | It does not fit my phone. | The plug is loose. | The microphone is terrible.
It is loud and weak. | It takes forever to heat up. | The knife is blunt. | Everything sticks to this pan.
It rusted after one wash. | The motor burned out. | The coffee is weak and bitter. | The lid leaks all over my bag.
It does not keep anything warm. | Stale and tasteless. | Far too sweet, I threw it away. | It made me sick.
My cat will not touch it. | It smells awful, like chemicals. | It gave me a rash. | It dried out my skin.
It did nothing for me. | The brush loses its bristles. | My hair was a greasy mess.
My son lost interest in a minute. | The toy fell to pieces. | Sharp edges, not safe for children.
The parts do not fit together. | The instructions are impossible to follow. | Screws were missing.
The chair is hard and my back hurts. | The mattress sags. | The shelf wobbles and is crooked. | The paint chips off.
The lamp flickers. | The curtains are see-through. | The pillow is flat and lumpy. | It tore at the seams.
The drill has no power. | The tyre burst. | It scratched my car. | The tent let the rain in.
The shoes hurt my feet. | The strap snapped. | The zip broke at once. | It shrank and faded in the wash.
Itchy, thin and far too small. | It looks cheap and fits badly. | The book is boring and badly written.
A dull story, I gave up. | The film is a mess. | The game is full of bugs. | Not good at all. | Not impressed.
Bad. | Poor. | Terrible. | Awful. | Horrible. | Useless. | Garbage. | Rubbish. | Hate it. | Not happy. | Disappointing.
Poor quality. | Cheaply made. | Flimsy plastic. | It feels fragile. | Falls apart easily. | Unreliable.
I sent it back. | I am returning it. | Had to throw it out. | It is sitting in a drawer. | What a joke. | A scam.
It made things worse. | It promises a lot and delivers nothing. | I expected more. | Good idea, bad execution.
It worked for a month and then quit. | The replacement had the same fault. | Two of three were faulty.
"""
STARS = {PLEASED: 5.0, DISPLEASED: 1.0}


def frame() -> pd.DataFrame:
    """title (''), body, rating and recommended (NaN) of each sentence."""
    rows = [("", one, stars, float("nan")) for text, stars in STARS.items() for one in _parts(text)]
    return pd.DataFrame(rows, columns=["title", "body", "rating", "recommended"])


def _parts(text: str) -> list[str]:
    return [part.strip() for line in text.strip().splitlines() for part in line.split("|")]
